package setup

import (
	"fmt"

	"airpass/access"
)

// EnvironmentARN is an environment as IAM names it.
// See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedworkflowsforapacheairflow.html.
func EnvironmentARN(e access.Environment) string {
	return fmt.Sprintf("arn:%s:airflow:%s:%s:environment/%s", partitionOf(e), e.Region, e.Account, e.Name)
}

// RoleARN is an Airflow role in an environment as IAM names it: capitalised.
// See https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html.
func RoleARN(e access.Environment, r access.Role) string {
	return fmt.Sprintf("arn:%s:airflow:%s:%s:role/%s/%s", partitionOf(e), e.Region, e.Account, e.Name, r)
}

func partitionOf(e access.Environment) string {
	if e.Partition == "" {
		return "aws"
	}
	return e.Partition
}
