package reviews

import (
	"testing"

	"airpass/access"
)

func TestWhatStaysByHandAndWhy(t *testing.T) {
	t.Parallel()
	byUser := access.Target{ID: "prod/User", Mode: access.ByUser, OktaGroup: "00g1", Instance: "i", PermissionSet: "s", IdentityStore: "d"}
	byGroup := byUser
	byGroup.Mode, byGroup.IdentityCenterGroup = access.ByGroup, "g1"
	shared := byUser
	shared.SharesWith = []string{"dev/User"}
	in := func(t access.Target) *survey {
		return &survey{there: map[place]map[string]*holder{groupPlace(t): {"00uada": {}}}}
	}
	ruled := rules{groups: map[string]bool{"00g1": true, "00g2": false}}
	for name, tt := range map[string]struct {
		target access.Target
		rules  rules
		place  place
		okta   string
		want   ByHand
	}{
		"a membership in Okta":             {byUser, rules{}, groupPlace(byUser), "00uada", ""},
		"an assignment":                    {byUser, ruled, setPlace(byUser), "00uada", ""},
		"an assignment beside a group":     {byGroup, ruled, setPlace(byGroup), "00uada", ""},
		"a pushed membership":              {byGroup, rules{}, pushedPlace(byGroup), "00uada", ""},
		"an account that is nobody's":      {byUser, rules{}, setPlace(byUser), "", ByHandUnknown},
		"what opens other targets":         {shared, rules{}, setPlace(shared), "00uada", ByHandShared},
		"the group of a rule":              {byUser, ruled, groupPlace(byUser), "00uada", ByHandRule},
		"what is pushed from it":           {byGroup, ruled, pushedPlace(byGroup), "00uada", ByHandRule},
		"a group when rules are not known": {byUser, rules{unread: true}, groupPlace(byUser), "00uada", ByHandRules},
		"a group of Identity Center":       {byGroup, rules{}, place{store: "d", centerGroup: "g2"}, "00uada", ByHandGroup},
		"the same of a target by user":     {byUser, rules{}, place{store: "d", centerGroup: "g1"}, "00uada", ByHandGroup},
		"in the pushed group alone":        {byGroup, rules{}, pushedPlace(byGroup), "00uben", ByHandPushed},
	} {
		way := ways{in(tt.target), tt.target, tt.rules}.through(tt.place, "id", tt.okta)
		if way.ByHand != tt.want || (way.Ref == nil) != (tt.want != "") {
			t.Errorf("%s: %+v", name, way)
		}
		if way.Ref != nil && (way.Ref.Kind.Sticky() || way.Ref.OktaUser == "") {
			t.Errorf("%s: %+v", name, way.Ref)
		}
	}
}
