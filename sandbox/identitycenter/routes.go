package identitycenter

// apiOperations are all that the services can do over HTTP.
func apiOperations() []operation {
	read := func(service, name string, do func(*Server, *call) (any, error)) operation {
		return operation{service, name, false, do}
	}
	change := func(service, name string, do func(*Server, *call) (any, error)) operation {
		return operation{service, name, true, do}
	}
	return []operation{
		read(admin, "ListInstances", in((*Server).listInstances)),
		read(admin, "DescribeInstance", in((*Server).describeInstance)),

		change(admin, "CreateAccountAssignment", in((*Server).createAccountAssignment)),
		change(admin, "DeleteAccountAssignment", in((*Server).deleteAccountAssignment)),
		read(admin, "DescribeAccountAssignmentCreationStatus", in((*Server).describeCreation)),
		read(admin, "DescribeAccountAssignmentDeletionStatus", in((*Server).describeDeletion)),
		read(admin, "ListAccountAssignmentCreationStatus", in((*Server).listCreations)),
		read(admin, "ListAccountAssignmentDeletionStatus", in((*Server).listDeletions)),
		read(admin, "ListAccountAssignments", in((*Server).listAccountAssignments)),
		read(admin, "ListAccountAssignmentsForPrincipal", in((*Server).listAccountAssignmentsForPrincipal)),

		change(admin, "CreatePermissionSet", in((*Server).createPermissionSet)),
		change(admin, "UpdatePermissionSet", in((*Server).updatePermissionSet)),
		change(admin, "DeletePermissionSet", in((*Server).deletePermissionSet)),
		read(admin, "DescribePermissionSet", in((*Server).describePermissionSet)),
		read(admin, "ListPermissionSets", in((*Server).listPermissionSets)),
		read(admin, "GetInlinePolicyForPermissionSet", in((*Server).getInlinePolicy)),
		read(admin, "ListManagedPoliciesInPermissionSet", in((*Server).listManagedPolicies)),
		read(admin, "ListCustomerManagedPolicyReferencesInPermissionSet", in((*Server).listCustomerPolicies)),
		read(admin, "GetPermissionsBoundaryForPermissionSet", in((*Server).getBoundary)),
		change(admin, "PutInlinePolicyToPermissionSet", in((*Server).putInlinePolicy)),
		change(admin, "DeleteInlinePolicyFromPermissionSet", in((*Server).deleteInlinePolicy)),
		change(admin, "ProvisionPermissionSet", in((*Server).provisionPermissionSet)),
		read(admin, "DescribePermissionSetProvisioningStatus", in((*Server).describeProvisioning)),
		read(admin, "ListPermissionSetProvisioningStatus", in((*Server).listProvisionings)),
		read(admin, "ListPermissionSetsProvisionedToAccount", in((*Server).listProvisionedToAccount)),
		read(admin, "ListAccountsForProvisionedPermissionSet", in((*Server).listAccountsForProvisioned)),
		read(admin, "ListTagsForResource", in((*Server).listTags)),
		change(admin, "TagResource", in((*Server).tagResource)),
		change(admin, "UntagResource", in((*Server).untagResource)),

		read(admin, "ListApplications", in((*Server).listApplications)),
		read(admin, "DescribeApplication", in((*Server).describeApplication)),
		read(admin, "DescribeApplicationProvider", in((*Server).describeApplicationProvider)),
		read(admin, "GetApplicationAssignmentConfiguration", in((*Server).getApplicationAssignmentConfiguration)),
		change(admin, "PutApplicationAssignmentConfiguration", in((*Server).putApplicationAssignmentConfiguration)),
		change(admin, "UpdateApplication", in((*Server).updateApplication)),
		change(admin, "CreateApplicationAssignment", in((*Server).createApplicationAssignment)),
		change(admin, "DeleteApplicationAssignment", in((*Server).deleteApplicationAssignment)),
		read(admin, "DescribeApplicationAssignment", in((*Server).describeApplicationAssignment)),
		read(admin, "ListApplicationAssignments", in((*Server).listApplicationAssignments)),
		read(admin, "ListApplicationAssignmentsForPrincipal", in((*Server).listApplicationAssignmentsForPrincipal)),

		read(identityStore, "GetUserId", in((*Server).getUserID)),
		read(identityStore, "DescribeUser", in((*Server).describeUser)),
		read(identityStore, "ListUsers", in((*Server).listUsers)),
		read(identityStore, "GetGroupId", in((*Server).getGroupID)),
		read(identityStore, "DescribeGroup", in((*Server).describeGroup)),
		read(identityStore, "ListGroups", in((*Server).listGroups)),
		read(identityStore, "IsMemberInGroups", in((*Server).isMemberInGroups)),
		read(identityStore, "ListGroupMemberships", in((*Server).listGroupMemberships)),
		read(identityStore, "ListGroupMembershipsForMember", in((*Server).listGroupMembershipsForMember)),
		read(identityStore, "GetGroupMembershipId", in((*Server).getGroupMembershipID)),
		read(identityStore, "DescribeGroupMembership", in((*Server).describeGroupMembership)),
		change(identityStore, "CreateGroupMembership", in((*Server).createGroupMembership)),
		change(identityStore, "DeleteGroupMembership", in((*Server).deleteGroupMembership)),
	}
}
