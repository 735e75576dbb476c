package identitycenter

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

// TestAnAccountThatTakesOneOperationAtATime is the slow service that was measured: 300
// ends in the same minute take their time.
func TestAnAccountThatTakesOneOperationAtATime(t *testing.T) {
	t.Parallel()
	i := newInstance(t, func(o *Options) { o.OneAtATime = true })
	first, err := i.create(i.user(anna))
	must(t, err)
	second, err := i.create(i.user(boris))
	must(t, err)
	elsewhere := i.user(anna)
	elsewhere.Account = prod
	other, err := i.create(elsewhere)
	must(t, err)
	i.advance(time.Minute)
	for op, want := range map[*string]types.StatusValues{
		first.RequestId: types.StatusValuesSucceeded, second.RequestId: types.StatusValuesInProgress, other.RequestId: types.StatusValuesSucceeded,
	} {
		if s := i.creation(op); s.Status != want {
			t.Errorf("%s in %s is %s", *s.PrincipalId, *s.TargetId, s.Status)
		}
	}
	i.advance(time.Minute)
	if s := i.creation(second.RequestId); s.Status != types.StatusValuesSucceeded {
		t.Errorf("%+v", s)
	}
	if n, limit := i.OutstandingCreates(); n != 0 || limit != 15 {
		t.Errorf("%d of %d creations are under way", n, limit)
	}
	// Nothing is under way: the next one does not wait.
	next, err := i.create(i.user(plus))
	must(t, err)
	if n, _ := i.OutstandingCreates(); n != 1 {
		t.Errorf("%d creations are under way, want 1", n)
	}
	i.advance(time.Minute)
	if s := i.creation(next.RequestId); s.Status != types.StatusValuesSucceeded {
		t.Errorf("%+v", s)
	}
}

// TestALongMoveOfTheClockKeepsTheOrder: what was asked for first is carried out first,
// however late somebody looks.
func TestALongMoveOfTheClockKeepsTheOrder(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	must(t, i.Assign(i.user(anna)))
	role := i.Roles()[0].Name
	_, err := i.create(i.user(boris))
	must(t, err)
	_, err = i.delete(i.user(anna))
	must(t, err)
	i.advance(48 * time.Hour)
	// Boris came before Anna went, so the role was never without anybody.
	if roles := i.Roles(); len(roles) != 1 || roles[0].Name != role {
		t.Errorf("%+v", roles)
	}
}

func TestDelaysChangeForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	i := newInstance(t, nil)
	op, err := i.create(i.user(anna))
	must(t, err)
	i.SetAssignmentDelay(time.Hour)
	i.advance(59 * time.Minute)
	if s := i.creation(op.RequestId); s.Status != types.StatusValuesInProgress {
		t.Errorf("%+v", s)
	}
	i.SetAssignmentDelay(time.Minute)
	if s := i.creation(op.RequestId); s.Status != types.StatusValuesSucceeded {
		t.Errorf("%+v", s)
	}
}
