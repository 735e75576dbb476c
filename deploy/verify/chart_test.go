// Package verify_test holds the Helm chart to Helm's own linter and to the types of
// Kubernetes' API. It is a module of its own: what it needs is large, and airpass needs
// none of it.
package verify_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

const chartPath = "../helm/airpass"

// render is what `helm template NAME chart --values` makes, by kind and name.
func render(t *testing.T, values string) (map[string]any, error) {
	t.Helper()
	chart, err := loader.Load(chartPath)
	if err != nil {
		t.Fatal(err)
	}
	given, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, given, chartutil.ReleaseOptions{Name: "jit", Namespace: "access", IsInstall: true}, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(chart, all)
	if err != nil {
		return nil, err
	}
	objects := map[string]any{}
	for name, text := range files {
		if strings.HasSuffix(name, ".txt") {
			continue
		}
		for _, doc := range strings.Split("\n"+text, "\n---") {
			if kind, object := decode(t, name, doc); object != nil {
				objects[kind] = object
			}
		}
	}
	return objects, nil
}

// decode reads one object strictly: a field that Kubernetes does not know fails.
func decode(t *testing.T, file, doc string) (string, any) {
	t.Helper()
	var head struct {
		APIVersion, Kind string
		Metadata         struct{ Name string }
	}
	if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
		t.Fatalf("%s: %v\n%s", file, err, doc)
	}
	if head.Kind == "" {
		return "", nil
	}
	types := map[string]func() any{
		"apps/v1 Deployment":                      func() any { return new(appsv1.Deployment) },
		"v1 Service":                              func() any { return new(corev1.Service) },
		"v1 ConfigMap":                            func() any { return new(corev1.ConfigMap) },
		"v1 ServiceAccount":                       func() any { return new(corev1.ServiceAccount) },
		"v1 PersistentVolumeClaim":                func() any { return new(corev1.PersistentVolumeClaim) },
		"networking.k8s.io/v1 Ingress":            func() any { return new(networkingv1.Ingress) },
		"networking.k8s.io/v1 NetworkPolicy":      func() any { return new(networkingv1.NetworkPolicy) },
		"policy/v1 PodDisruptionBudget":           func() any { return new(policyv1.PodDisruptionBudget) },
		"monitoring.coreos.com/v1 ServiceMonitor": func() any { return new(map[string]any) }, // of an operator: its fields are not checked
	}
	kind := head.APIVersion + " " + head.Kind
	made, known := types[kind]
	if !known {
		t.Fatalf("%s: %s is not a kind that is checked here", file, kind)
	}
	object := made()
	if err := yaml.UnmarshalStrict([]byte(doc), object); err != nil {
		t.Fatalf("%s: %v\n%s", file, err, doc)
	}
	return head.Kind + "/" + head.Metadata.Name, object
}

const small = `
config: {http: {listen: "0.0.0.0:8080"}, store: {url: "sqlite:/data/airpass.db"}}
persistence: {enabled: true}
envFromSecrets: [airpass]
`

const large = `
replicas: 3
config: {slack: {mode: http, listen: "0.0.0.0:3100", path: /slack/events}, http: {listen: "0.0.0.0:8080"}, store: {url: {env: AIRPASS_STORE_URL}}}
envFromSecrets: [airpass, airpass-database]
filesFromSecret: airpass-files
env: [{name: AWS_REGION, value: eu-west-1}]
serviceAccount: {annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111111111111:role/airpass"}}
slackHTTP: {enabled: true, port: 3100, ingress: {enabled: true, className: nginx, host: airpass.example.com, tlsSecret: airpass-tls, annotations: {a: b}}}
metrics: {serviceMonitor: true}
networkPolicy: {enabled: true}
podLabels: {team: data}
podAnnotations: {note: "yes"}
nodeSelector: {kubernetes.io/arch: amd64}
tolerations: [{key: dedicated, operator: Exists}]
affinity: {nodeAffinity: {}}
imagePullSecrets: [{name: registry}]
`

func TestHelmsLinterIsContent(t *testing.T) {
	t.Parallel()
	for name, values := range map[string]string{"small": small, "large": large} {
		given, err := chartutil.ReadValues([]byte(values))
		if err != nil {
			t.Fatal(err)
		}
		report := lint.All(chartPath, given, "access", true)
		for _, m := range report.Messages {
			if m.Severity > support.InfoSev {
				t.Errorf("%s: %v", name, m)
			}
		}
	}
}

func TestAllKindsAreWhatKubernetesKnows(t *testing.T) {
	t.Parallel()
	one, err := render(t, small)
	if err != nil {
		t.Fatal(err)
	}
	many, err := render(t, large)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"small": {"ConfigMap/jit-airpass", "Deployment/jit-airpass", "PersistentVolumeClaim/jit-airpass", "Service/jit-airpass", "ServiceAccount/jit-airpass"},
		"large": {"ConfigMap/jit-airpass", "Deployment/jit-airpass", "Ingress/jit-airpass-slack", "NetworkPolicy/jit-airpass", "PodDisruptionBudget/jit-airpass",
			"Service/jit-airpass", "Service/jit-airpass-slack", "ServiceAccount/jit-airpass", "ServiceMonitor/jit-airpass"},
	}
	for name, objects := range map[string]map[string]any{"small": one, "large": many} {
		var got []string
		for kind := range objects {
			got = append(got, kind)
		}
		slices.Sort(got)
		if !slices.Equal(got, want[name]) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A pod of the chart can do no more than it must, and is stopped no sooner than it can be.
func TestAPodIsAsSmallAsItCanBe(t *testing.T) {
	t.Parallel()
	for name, values := range map[string]string{"small": small, "large": large} {
		objects, err := render(t, values)
		if err != nil {
			t.Fatal(err)
		}
		d := objects["Deployment/jit-airpass"].(*appsv1.Deployment)
		pod := d.Spec.Template.Spec
		c := pod.Containers[0]
		for what, so := range map[string]bool{
			"not root":            *pod.SecurityContext.RunAsNonRoot && *pod.SecurityContext.RunAsUser == 65532,
			"read-only":           *c.SecurityContext.ReadOnlyRootFilesystem,
			"no capabilities":     slices.Contains(c.SecurityContext.Capabilities.Drop, "ALL") && !*c.SecurityContext.AllowPrivilegeEscalation,
			"no token":            !*pod.AutomountServiceAccountToken,
			"time to stop":        *pod.TerminationGracePeriodSeconds > 25,
			"liveness is healthz": c.LivenessProbe.HTTPGet.Path == "/healthz",
			"readiness is readyz": c.ReadinessProbe.HTTPGet.Path == "/readyz",
			"memory is bounded":   !c.Resources.Limits.Memory().IsZero(),
			"selector matches":    d.Spec.Selector.MatchLabels["app.kubernetes.io/instance"] == d.Spec.Template.Labels["app.kubernetes.io/instance"],
		} {
			if !so {
				t.Errorf("%s: not so: %s", name, what)
			}
		}
		mounts := map[string]bool{}
		for _, m := range c.VolumeMounts {
			mounts[m.Name] = true
		}
		for _, v := range pod.Volumes {
			if !mounts[v.Name] {
				t.Errorf("%s: volume %s is mounted nowhere", name, v.Name)
			}
		}
	}
}

// The configuration arrives as it was written.
func TestTheConfigurationArrives(t *testing.T) {
	t.Parallel()
	objects, err := render(t, large)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := yaml.Unmarshal([]byte(objects["ConfigMap/jit-airpass"].(*corev1.ConfigMap).Data["airpass.yaml"]), &got); err != nil {
		t.Fatal(err)
	}
	if got["http"].(map[string]any)["listen"] != "0.0.0.0:8080" || got["store"].(map[string]any)["url"].(map[string]any)["env"] != "AIRPASS_STORE_URL" {
		t.Error(got)
	}
}

// edited is small with more in its configuration.
func edited(more string) string { return strings.Replace(small, "config: {", "config: {"+more+", ", 1) }

// Slack's requests arrive where airpass listens: port and path are those of its configuration.
func TestSlacksRequestsArriveWhereAirpassListens(t *testing.T) {
	t.Parallel()
	objects, err := render(t, large)
	if err != nil {
		t.Fatal(err)
	}
	port := objects["Service/jit-airpass-slack"].(*corev1.Service).Spec.Ports[0].Port
	path := objects["Ingress/jit-airpass-slack"].(*networkingv1.Ingress).Spec.Rules[0].HTTP.Paths[0].Path
	if port != 3100 || path != "/slack/events" {
		t.Errorf("port %d, path %s", port, path)
	}
	own := "existingConfigMap: mine\nslackHTTP: {enabled: true, ingress: {enabled: true, host: a.example, tlsSecret: s}}"
	if objects, err = render(t, own); err != nil { // what is in it is not seen
		t.Fatal(err)
	}
	if path := objects["Ingress/jit-airpass-slack"].(*networkingv1.Ingress).Spec.Rules[0].HTTP.Paths[0].Path; path != "/slack" {
		t.Errorf("path %s", path)
	}
	if _, err := render(t, edited("slack: {mode: http, listen: ':3000'}")+"\nslackHTTP: {enabled: true}"); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotWorkIsRefusedWithWords(t *testing.T) {
	t.Parallel()
	for values, words := range map[string]string{
		`replicas: 1`:                                     "config is empty",
		small + "\nreplicas: 2":                           "persistence is for SQLite",
		small + "\nexistingConfigMap: x":                  "choose one",
		small + "\nslackHTTP: {ingress: {enabled: true}}": "needs slackHTTP.enabled",
		small + "\nslackHTTP: {enabled: true, ingress: {enabled: true, host: a.example}}": "tlsSecret is needed",
		edited("slack: {mode: http}"):                                                               "slackHTTP is not enabled",
		small + "\nslackHTTP: {enabled: true}":                                                      "does not say slack.mode http",
		edited("slack: {mode: http}") + "\nslackHTTP: {enabled: true}":                              "write 0.0.0.0:3000",
		edited("slack: {mode: http, listen: '[::1]:3000'}") + "\nslackHTTP: {enabled: true}":        "nobody outside of the pod reaches",
		edited("slack: {mode: http, listen: '0.0.0.0:3001'}") + "\nslackHTTP: {enabled: true}":      "write the same port in both",
		edited("slack: {mode: http, listen: ':3000'}") + "\nslackHTTP: {enabled: true, port: 3001}": "slackHTTP.port is 3001",
		small + "\nserviceAccount: {create: false}":                                                 "serviceAccount.name is needed",
		small + "\nreplica: 2": "replica",
	} {
		_, err := render(t, values)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: want an error with %q, got %v", values, words, err)
		}
	}
}

// Every value is explained: no key without a comment's neighbourhood is worth less than
// one that is missing from the schema.
func TestTheSchemaKnowsEveryValue(t *testing.T) {
	t.Parallel()
	var values, schema map[string]any
	for file, into := range map[string]*map[string]any{"values.yaml": &values, "values.schema.json": &schema} {
		text, err := os.ReadFile(filepath.Join(chartPath, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	known := schema["properties"].(map[string]any)
	for key := range values {
		if known[key] == nil {
			t.Errorf("values.schema.json does not know %s", key)
		}
	}
	for key := range known {
		if _, is := values[key]; !is && key != "global" {
			t.Errorf("values.yaml does not have %s", key)
		}
	}
}
