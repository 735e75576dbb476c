package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"airpass/access"
)

// withHours is the example with working hours of the file.
func withHours(t *testing.T, hours string) string {
	t.Helper()
	return strings.Replace(example(t), "\nenvironments:\n", "\nhours: "+hours+"\nenvironments:\n", 1)
}

func TestWorkingHoursOfTheFileAndOfATarget(t *testing.T) {
	t.Parallel()
	text := strings.Replace(withHours(t, "{zone: Europe/Berlin}"), "    role: Viewer\n", "    role: Viewer\n    hours: {zone: UTC, from: \"22:30\", to: \"24:00\", days: [sat, sun]}\n", 1)
	c, err := Parse("airpass.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	office := access.Hours{Zone: "Europe/Berlin", From: 480, To: 1080, Days: []time.Weekday{1, 2, 3, 4, 5}}
	own := access.Hours{Zone: "UTC", From: 1350, To: 1440, Days: []time.Weekday{0, 6}}
	for _, target := range c.Targets() {
		want := office
		if target.ID == "prod/Viewer" {
			want = own
		}
		if target.Hours == nil || !reflect.DeepEqual(*target.Hours, want) {
			t.Errorf("%s: %+v", target.ID, target.Hours)
		}
	}
	c, err = Parse("airpass.yaml", []byte(example(t)), testEnv)
	if err != nil || c.Targets()[0].Hours != nil {
		t.Errorf("there are hours that nobody has written: %v", err)
	}
}

func TestWorkingHoursThatAreNone(t *testing.T) {
	t.Parallel()
	for _, b := range []broken{
		{name: "no zone", new: "{from: \"08:00\"}", field: "hours.zone", message: "missing"},
		{name: "a zone that is not there", new: "{zone: Europe/Atlantis}", field: "hours.zone", message: "not a time zone"},
		{name: "the machine's own zone", new: "{zone: Local}", field: "hours.zone", message: "not a time zone"},
		{name: "the end before the beginning", new: "{zone: UTC, from: \"22:00\", to: \"06:00\"}", field: "hours.to", message: "not after from"},
		{name: "no time of day", new: "{zone: UTC, from: \"8\"}", field: "hours.from", message: "not a time of day"},
		{name: "no day", new: "{zone: UTC, days: [monday]}", field: "hours.days[0]", message: "not a day of the week"},
		{name: "no days", new: "{zone: UTC, days: []}", field: "hours.days", message: "empty"},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			find(t, withHours(t, b.new), b)
		})
	}
}
