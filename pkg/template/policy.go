package template

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

type policy struct {
	Statements []statement `yaml:"Statement"`
}

type statement struct {
	Effect    string    `yaml:"Effect"`
	Actions   stringSet `yaml:"Action"`
	Resources resources `yaml:"Resource"`
	Condition condition `yaml:"Condition"`
}

// condition is the one kind that there is: about the partition keys of a request.
type condition struct {
	Like struct {
		LeadingKeys []string `yaml:"dynamodb:LeadingKeys"`
	} `yaml:"ForAllValues:StringLike"`
}

// UnmarshalYAML returns an error for any other condition.
func (c *condition) UnmarshalYAML(node *yaml.Node) error {
	type plain condition
	if err := node.Load((*plain)(c), yaml.WithKnownFields()); err != nil {
		return err
	}
	if len(c.Like.LeadingKeys) == 0 {
		return fmt.Errorf("line %d: a condition names no partition keys", node.Line)
	}
	return nil
}

// allow sorts the actions of the function's policies by what they act on.
func (f *Function) allow(policies []yaml.Node, tableID string) error {
	for i, node := range policies {
		var p policy
		if err := node.Decode(&p); err != nil {
			return fmt.Errorf("policy %d is not an inline document: %w", i+1, err)
		}
		if len(p.Statements) == 0 {
			return fmt.Errorf("policy %d has no inline statements", i+1)
		}
		for _, s := range p.Statements {
			if err := f.allowStatement(s, tableID); err != nil {
				return fmt.Errorf("policy %d: %w", i+1, err)
			}
		}
	}
	for _, actions := range []*[]string{&f.TableActions, &f.IndexActions, &f.OtherActions} {
		slices.Sort(*actions)
		*actions = slices.Compact(*actions)
	}
	return nil
}

func (f *Function) allowStatement(s statement, tableID string) error {
	if s.Effect != "Allow" || len(s.Actions) == 0 || len(s.Resources) == 0 {
		return errors.New("a statement is not an Allow of some Action on some Resource")
	}
	table := "${" + tableID + ".Arn}"
	for _, resource := range s.Resources {
		switch {
		case resource == table && s.Condition.Like.LeadingKeys != nil:
			f.Grants = append(f.Grants, Grant{s.Actions, s.Condition.Like.LeadingKeys})
		case resource == table:
			f.TableActions = append(f.TableActions, s.Actions...)
		case strings.HasPrefix(resource, table+"/index/"):
			f.IndexActions = append(f.IndexActions, s.Actions...)
		default:
			f.OtherActions = append(f.OtherActions, s.Actions...)
		}
	}
	return nil
}

// stringSet is one string or a list of them, as IAM allows.
type stringSet []string

// UnmarshalYAML makes a list of a single string.
func (s *stringSet) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*s = []string{node.Value}
		return nil
	}
	return node.Decode((*[]string)(s))
}

// resources holds ARNs in the notation of !Sub: !GetAtt Table.Arn is
// ${Table.Arn}, so that one comparison covers all ways to write it.
type resources []string

// UnmarshalYAML makes a list of a single ARN.
func (r *resources) UnmarshalYAML(node *yaml.Node) error {
	nodes := []*yaml.Node{node}
	if node.ShortTag() == "!!seq" {
		nodes = node.Content
	}
	for _, n := range nodes {
		arn, err := arnOf(n)
		if err != nil {
			return err
		}
		*r = append(*r, arn)
	}
	return nil
}

func arnOf(node *yaml.Node) (string, error) {
	if node.Kind != yaml.ScalarNode {
		return "", fmt.Errorf("line %d: an ARN is not written as a string, !Sub or !GetAtt Resource.Attribute", node.Line)
	}
	if node.Tag == "!GetAtt" {
		return "${" + node.Value + "}", nil
	}
	return node.Value, nil
}
