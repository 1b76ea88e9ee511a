package server_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/pkg/fault"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// running is an active server.
func running() shop.Service {
	return shop.Service{
		ID: "svc_1", Account: "acc_7", Item: "cat_vps_micro", ServiceType: "server", Status: shop.ServiceActive,
		Server: &shop.Server{
			Hostname: "web", Region: "eu-west", Image: "debian-12", PublicIPv4: "198.51.100.42", SSHUsername: "root", SSHPort: 22,
			PowerState: shop.PowerRunning, ProvisioningStatus: shop.ProvisioningReady, SupportedImages: []string{"ubuntu-24.04", "debian-12"},
		},
	}
}

// changed is a service whose server is changed.
func changed(service shop.Service, change func(*shop.Server)) shop.Service {
	own := *service.Server
	change(&own)
	service.Server = &own
	return service
}

func TestBegin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		intent shop.Intent
		change func(*shop.Server)
	}{
		{"a restart", shop.Intent{Type: shop.ActionRestart}, func(s *shop.Server) { s.PowerState = shop.PowerRestarting }},
		{"a reinstall", shop.Intent{Type: shop.ActionReinstall, Image: "ubuntu-24.04"}, func(s *shop.Server) {
			s.Image, s.ProvisioningStatus = "ubuntu-24.04", shop.Reinstalling
		}},
		{"a reinstall with the same image", shop.Intent{Type: shop.ActionReinstall, Image: "debian-12"}, func(s *shop.Server) {
			s.ProvisioningStatus = shop.Reinstalling
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			service := running()
			got, err := server.Product{}.Begin(service, tt.intent)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(changed(running(), tt.change), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(running(), service); diff != "" {
				t.Errorf("Begin changes what it was given (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBeginReinstallWithAnotherImage(t *testing.T) {
	t.Parallel()
	service := running()
	got, err := server.Product{}.Begin(service, shop.Intent{Type: shop.ActionReinstall, Image: "windows-11"})
	var refusal *fault.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got %+v, %v", got, err)
	}
	want := &fault.Error{
		Code:     fault.UnsupportedImage,
		Detail:   `The server cannot be reinstalled with the image "windows-11"; it supports ubuntu-24.04, debian-12.`,
		Problems: []fault.Problem{{Code: fault.UnsupportedImage, Param: "$.image", Detail: "must be one of ubuntu-24.04, debian-12"}},
		Fixes:    []string{"Send one of these images: ubuntu-24.04, debian-12."},
	}
	if diff := cmp.Diff(want, refusal, cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(running(), service); diff != "" {
		t.Errorf("Begin changes what it was given (-want +got):\n%s", diff)
	}
}
