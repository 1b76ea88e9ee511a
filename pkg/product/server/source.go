package server

import (
	"cmp"
	"fmt"
	"slices"
)

// Source is what a provider calls what an item sells. Each service keeps its own: the
// item may have changed by the time that its server is reinstalled.
type Source struct {
	// Type is the kind of server, as cx23. It is empty where the provider takes the
	// store's own words.
	Type string `json:"t,omitempty"`
	// Locations are where the regions are.
	Locations map[string]string `json:"l,omitempty"`
	// Images are the names of those images that the provider calls otherwise.
	Images map[string]string `json:"i,omitempty"`
}

// Location is what the provider calls a region; empty where it has none.
func (s Source) Location(region string) string { return s.Locations[region] }

// Image is what the provider calls an image.
func (s Source) Image(image string) string { return cmp.Or(s.Images[image], image) }

// in is what is left of it for a server in a region.
func (s Source) in(region string) Source {
	if location := s.Location(region); location != "" {
		s.Locations = map[string]string{region: location}
	}
	return s
}

// problems are what is wrong with it in the catalog, beside the regions and the images
// of its plan.
func (s Source) problems(regions, images []string) []string {
	var problems []string
	if (s.Type == "") != (len(s.Locations) == 0) {
		problems = append(problems, "source: type and locations go together")
	}
	for _, region := range regions {
		if s.Type != "" && s.Location(region) == "" {
			problems = append(problems, fmt.Sprintf("source: locations lacks %q", region))
		}
	}
	for image := range s.Images {
		if !slices.Contains(images, image) {
			problems = append(problems, fmt.Sprintf("source: images has %q, which is not sold", image))
		}
	}
	slices.Sort(problems)
	return problems
}
