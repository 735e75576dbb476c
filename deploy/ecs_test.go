package deploy_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"airpass/sandbox/contract"
)

// policy is an IAM policy document.
type policy struct {
	Version   string
	Statement []struct {
		Sid, Effect string
		Action      manyOrOne
		Resource    manyOrOne
		Principal   map[string]string
		Condition   map[string]map[string]string
	}
}

// manyOrOne reads what IAM writes as a list or as its only element.
type manyOrOne []string

func (m *manyOrOne) UnmarshalJSON(text []byte) error {
	if strings.HasPrefix(string(text), `"`) {
		*m = []string{""}
		return json.Unmarshal(text, &(*m)[0])
	}
	return json.Unmarshal(text, (*[]string)(m))
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// taskDefinition is what the tests look at; AWS's own model checks the rest.
type taskDefinition struct {
	Cpu, Memory                   string
	TaskRoleArn, ExecutionRoleArn string
	ContainerDefinitions          []struct {
		Name, User             string
		ReadonlyRootFilesystem bool
		StopTimeout            int
		Command                []string
		HealthCheck            struct{ Command []string }
		MountPoints            []struct{ SourceVolume, ContainerPath string }
		Secrets                []struct{ Name, ValueFrom string }
		LinuxParameters        struct{ Capabilities struct{ Drop []string } }
	}
	Volumes []struct{ Name string }
}

func TestECSTakesTheTaskAndTheService(t *testing.T) {
	t.Parallel()
	ecs := contract.AWS(t, "ecs")
	for file, op := range map[string]string{"ecs/task-definition.json": "RegisterTaskDefinition", "ecs/service.json": "CreateService"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := ecs.CheckRequest(op, text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if err := ecs.CheckRequest("RegisterTaskDefinition", []byte(`{"family":"x","containerDefinitions":[{"nombre":"y"}]}`)); err == nil {
		t.Error("the check takes what ECS does not know")
	}
}

// A task can do no more than it must, is stopped no sooner than it can be, and is asked
// for its health by what is in the image.
func TestATaskIsAsSmallAsItCanBe(t *testing.T) {
	t.Parallel()
	var task taskDefinition
	text, err := os.ReadFile("ecs/task-definition.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &task); err != nil {
		t.Fatal(err)
	}
	c := task.ContainerDefinitions[0]
	for what, so := range map[string]bool{
		"one container":   len(task.ContainerDefinitions) == 1,
		"not root":        c.User == "65532:65532",
		"read-only":       c.ReadonlyRootFilesystem,
		"no capabilities": slices.Equal(c.LinuxParameters.Capabilities.Drop, []string{"ALL"}),
		"time to stop":    c.StopTimeout > 25,
		"two roles":       task.TaskRoleArn != "" && task.ExecutionRoleArn != "" && task.TaskRoleArn != task.ExecutionRoleArn,
		"its own probe":   slices.Equal(c.HealthCheck.Command[:3], []string{"CMD", "/airpass", "probe"}),
		"serves":          c.Command[0] == "serve",
	} {
		if !so {
			t.Error("not so:", what)
		}
	}
	for _, m := range c.MountPoints {
		if !slices.ContainsFunc(task.Volumes, func(v struct{ Name string }) bool { return v.Name == m.SourceVolume }) {
			t.Errorf("no volume %s", m.SourceVolume)
		}
	}
}

// The execution role may read the secrets of the task and nothing else; the task itself
// may assume roles and nothing else.
func TestTheRolesOfATaskAreTheLeast(t *testing.T) {
	t.Parallel()
	var execution, task, trust policy
	readJSON(t, "ecs/execution-role-policy.json", &execution)
	readJSON(t, "ecs/task-role-policy.json", &task)
	readJSON(t, "ecs/trust-policy.json", &trust)
	var definition taskDefinition
	text, err := os.ReadFile("ecs/task-definition.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &definition); err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for _, s := range definition.ContainerDefinitions[0].Secrets {
		// ARN:json-key:stage:version
		wanted[strings.Join(strings.Split(s.ValueFrom, ":")[:7], ":")] = true
	}
	for _, s := range execution.Statement {
		for i, action := range s.Action {
			if strings.Contains(action, "*") {
				t.Errorf("%s: %s", s.Sid, action)
			}
			if s.Resource[0] == "*" && action != "ecr:GetAuthorizationToken" { // which names no resource
				t.Errorf("%s: %s on everything", s.Sid, s.Action[i])
			}
		}
		if slices.Contains(s.Action, "secretsmanager:GetSecretValue") {
			for _, arn := range s.Resource {
				if !wanted[arn] {
					t.Errorf("%s is not a secret of the task", arn)
				}
				delete(wanted, arn)
			}
		}
	}
	for arn := range wanted {
		t.Errorf("nobody may read %s", arn)
	}
	if len(task.Statement) != 1 || !slices.Equal(task.Statement[0].Action, []string{"sts:AssumeRole"}) {
		t.Error("the task may more than assume roles")
	}
	for _, arn := range task.Statement[0].Resource {
		if strings.Contains(arn, "*") {
			t.Error("any role:", arn)
		}
	}
	if len(trust.Statement) != 1 || trust.Statement[0].Principal["Service"] != "ecs-tasks.amazonaws.com" || trust.Statement[0].Condition["StringEquals"]["aws:SourceAccount"] == "" {
		t.Error("the trust policy lets others in")
	}
}

// The roles that the example of a configuration assumes are those that the task may.
func TestTheTaskMayAssumeTheRolesOfTheExample(t *testing.T) {
	t.Parallel()
	var task policy
	readJSON(t, "ecs/task-role-policy.json", &task)
	example, err := os.ReadFile("../airpass.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, arn := range task.Statement[0].Resource {
		if !strings.Contains(string(example), arn) {
			t.Errorf("%s is not a role of airpass.example.yaml", arn)
		}
	}
	used := regexp.MustCompile(`(?m)^\s*#.*$`).ReplaceAllString(string(example), "") // airpass setup's is not the task's
	if n := strings.Count(used, ":role/"); n != len(task.Statement[0].Resource) {
		t.Errorf("airpass.example.yaml assumes %d roles, the task may assume %d", n, len(task.Statement[0].Resource))
	}
}
