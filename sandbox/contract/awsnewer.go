package contract

import "fmt"

// awsNewer is what services have added since the models were last published in this
// form, as the second SDK's types show it: members with the shape of their values, and
// values of enumerations.
type awsNewer struct {
	shape, member, of string
}

var awsNewerMembers = map[string][]awsNewer{
	"sso-admin": {
		{"Application", "CreatedFrom", "Description"}, {"DescribeApplicationResponse", "CreatedFrom", "Description"},
		{"AccessDeniedException", "Reason", "Reason"}, {"ResourceNotFoundException", "Reason", "Reason"},
		{"ThrottlingException", "Reason", "Reason"}, {"ValidationException", "Reason", "Reason"},
	},
	"identitystore": {
		{"DescribeUserResponse", "UserStatus", "UserStatus"}, {"User", "UserStatus", "UserStatus"},
		{"DescribeUserResponse", "CreatedAt", "Date"}, {"User", "CreatedAt", "Date"},
		{"DescribeUserResponse", "UpdatedAt", "Date"}, {"User", "UpdatedAt", "Date"},
		{"DescribeGroupResponse", "CreatedAt", "Date"}, {"Group", "CreatedAt", "Date"},
	},
}

var awsNewerShapes = map[string]map[string]*awsShape{
	"identitystore": {"UserStatus": {Type: "string", Enum: []string{"ENABLED", "DISABLED"}}, "Date": {Type: "timestamp"}},
}

var awsNewerValues = map[string]map[string][]string{
	"mwaa": {"WebserverAccessMode": {"PUBLIC_AND_PRIVATE"}},
}

func (a *AWSAPI) addNewer() error {
	for name, shape := range awsNewerShapes[a.name] {
		added := *shape
		a.shapes[name] = &added
	}
	for _, n := range awsNewerMembers[a.name] {
		shape := a.shapes[n.shape]
		if shape == nil || shape.Members == nil {
			return fmt.Errorf("%w: %s has no structure %s", ErrAWSModel, a.name, n.shape)
		}
		shape.Members[n.member] = awsRef{Shape: n.of}
	}
	for name, values := range awsNewerValues[a.name] {
		shape := a.shapes[name]
		if shape == nil || len(shape.Enum) == 0 {
			return fmt.Errorf("%w: %s has no enumeration %s", ErrAWSModel, a.name, name)
		}
		shape.Enum = append(shape.Enum, values...)
	}
	return nil
}
