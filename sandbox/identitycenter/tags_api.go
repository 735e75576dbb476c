package identitycenter

import (
	"maps"
	"slices"
)

type tag struct{ Key, Value string }

type tagsRequest struct {
	InstanceARN string `json:"InstanceArn"`
	ResourceARN string `json:"ResourceArn"`
}

// tags finds the tags of a permission set or an application. The instance may be left
// out for an application.
func (s *Server) tags(in tagsRequest) (map[string]string, error) {
	if in.InstanceARN != "" {
		if err := s.instance(in.InstanceARN); err != nil {
			return nil, err
		}
	}
	if p := s.set(in.ResourceARN); p != nil {
		return p.Tags, nil
	}
	if a := s.app(in.ResourceARN); a != nil {
		return a.Tags, nil
	}
	return nil, errMissing("Resource not found: " + in.ResourceARN)
}

func (s *Server) listTags(_ *call, in *struct {
	tagsRequest
	NextToken string
}) (any, error) {
	have, err := s.tags(in.tagsRequest)
	if err != nil {
		return nil, err
	}
	all := []tag{}
	for _, k := range slices.Sorted(maps.Keys(have)) {
		all = append(all, tag{k, have[k]})
	}
	// A page has at most as many tags as a resource may have, so there is one only.
	items, next, err := page(paging{NextToken: in.NextToken}, "ListTags"+in.ResourceARN, all)
	return struct {
		Tags      []tag
		NextToken string `json:",omitempty"`
	}{items, next}, err
}

func (s *Server) tagResource(_ *call, in *struct {
	tagsRequest
	Tags []tag
}) (any, error) {
	have, err := s.tags(in.tagsRequest)
	if err != nil {
		return nil, err
	}
	after := maps.Clone(have)
	for _, t := range in.Tags {
		if t.Key == "" {
			return nil, errConstraint("tags.key", "", "Member must have length greater than or equal to 1")
		}
		after[t.Key] = t.Value
	}
	// See https://docs.aws.amazon.com/singlesignon/latest/userguide/tagging.html.
	if len(after) > 50 {
		return nil, errQuota("A resource has at most 50 tags")
	}
	maps.Copy(have, after)
	return nil, nil
}

func (s *Server) untagResource(_ *call, in *struct {
	tagsRequest
	TagKeys []string
}) (any, error) {
	have, err := s.tags(in.tagsRequest)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(have, k)
	}
	return nil, nil
}
