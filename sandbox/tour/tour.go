package tour

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"airpass/bot"
	"airpass/config"
	"airpass/sandbox"
)

// Options says how the tour is told.
type Options struct {
	// JSON tells one JSON object a step (Step) and one at the end (Summary), each on a
	// line of its own, in place of text.
	JSON bool
	// Log is where the bot logs; nil is nowhere.
	Log *slog.Logger
	// Version is what the bot says it is.
	Version string
	// StepTime bounds one step, wall time; 0 is 30 s.
	StepTime time.Duration

	tamper func(*sandbox.World) // makes a world in which the story cannot hold, for tests
}

// Run plays the whole story and tells it to w. The error is ErrFailed unless every
// step held, or says why the tour could not begin.
//
// The bot's AWS credentials come from the process's environment, as the AWS SDK takes
// them: Run sets them to the sandbox's, which are the same in every world.
func Run(ctx context.Context, w io.Writer, opts Options) error {
	dir, err := os.MkdirTemp("", "airpass-tour-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s := &story{teller: &teller{out: w, json: opts.JSON, began: time.Now(), stepTime: cmp.Or(opts.StepTime, 30*time.Second)}, dir: dir, opts: opts}
	defer s.close(context.WithoutCancel(ctx))
	if err := s.open(ctx); err != nil {
		return err
	}
	s.firstChapter(ctx)
	s.secondChapter(ctx)
	s.laterChapter(ctx)
	s.quorumChapter(ctx)
	s.escalationChapter(ctx)
	s.glassChapter(ctx)
	s.extensionChapter(ctx)
	s.togetherChapter(ctx)
	s.lastChapter(ctx)
	s.driftChapter(ctx)
	s.campaignChapter(ctx)
	s.emptyChapter(ctx)
	return s.end()
}

// closeTime bounds the end of everything, wall time.
const closeTime = 30 * time.Second

// story is the world and the bot in it, with the one who tells.
type story struct {
	*teller
	opts   Options
	dir    string
	world  *sandbox.World
	config *config.Config
	bot    *bot.Bot
}

// hurry is how many times as much Slack takes as it does, and airpass allows itself of
// Okta: what is told here in half a minute happens on several days. Okta takes what it
// always takes.
const hurry = 10

// open starts the world, and makes the configuration that leads airpass there.
func (s *story) open(ctx context.Context) error {
	if err := s.enter(ctx, sandbox.Options{SlackRate: hurry, AssignmentDelay: time.Second}); err != nil {
		return err
	}
	settleSecurity(s.world)
	file, err := governed(s.world, string(s.world.Config("sqlite:"+filepath.Join(s.dir, "airpass.db"))))
	if err != nil {
		return err
	}
	if s.config, err = config.Parse("tour.yaml", []byte(file), os.LookupEnv); err != nil {
		return fmt.Errorf("the sandbox's configuration: %w", err)
	}
	s.config.Quotas.OktaPerMinute *= hurry
	return nil
}

// enter starts a world, and signs this process in to AWS there.
func (s *story) enter(ctx context.Context, opts sandbox.Options) error {
	var err error
	if s.world, err = sandbox.Start(ctx, opts); err != nil {
		return err
	}
	if s.opts.tamper != nil {
		s.opts.tamper(s.world)
	}
	for _, pair := range s.world.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) startBot(ctx context.Context) error {
	var err error
	// The world's clock itself, and not what clock_url said a moment ago: what happens
	// after a move of the clock must not be dated before it.
	s.bot, err = bot.Start(ctx, bot.Options{Config: s.config, Now: s.world.Clock.Now, Log: s.opts.Log, Version: s.opts.Version})
	return err
}

// stopBot ends the bot gracefully; without one it does nothing.
func (s *story) stopBot(ctx context.Context) error {
	if s.bot == nil {
		return nil
	}
	b := s.bot
	s.bot = nil
	return b.Close(ctx)
}

func (s *story) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, closeTime)
	defer cancel()
	_ = s.stopBot(ctx)
	if s.world != nil {
		s.world.Close()
	}
}

// lastChapter stops airpass and looks at what it leaves behind.
func (s *story) lastChapter(ctx context.Context) {
	s.begin("What remains")
	s.step(ctx, "Slack was answered in time, and no card was lost or shown twice", func(_ context.Context, see *seen) error {
		stats := s.world.Slack.Stats()
		if stats.TimedOut+stats.Failed+stats.LateAcks+stats.DroppedAcks > 0 {
			return fmt.Errorf("of %d deliveries %d timed out, %d failed, %d were answered late, %d were dropped", stats.Deliveries,
				stats.TimedOut, stats.Failed, stats.LateAcks, stats.DroppedAcks)
		}
		if twice := s.world.Slack.Duplicates(); len(twice) > 0 {
			return fmt.Errorf("%d messages stand in Slack twice, the first: %s", len(twice), twice[0][0].Visible())
		}
		see.that("Slack: all %d deliveries acknowledged in time, the slowest after %s", stats.Deliveries, s.slowest().Round(time.Millisecond))
		see.that("Slack: no message stands twice")
		return nil
	})
	s.step(ctx, "airpass stops, and its audit trail verifies", func(ctx context.Context, see *seen) error {
		if err := s.stopBot(ctx); err != nil {
			return fmt.Errorf("stop: %w", err)
		}
		op, err := bot.OpenOperator(ctx, s.config, s.opts.Log)
		if err != nil {
			return err
		}
		result, err := op.Store.VerifyAudit(ctx)
		if err = errors.Join(err, op.Close()); err != nil {
			return err
		}
		if result.Why != "" {
			return fmt.Errorf("the audit trail does not verify: %s", result.Why)
		}
		see.that("audit verify: %d events, each linked to the one before and signed", result.Events)
		return nil
	})
}

// slowest is the longest that Slack waited for an acknowledgement.
func (s *story) slowest() time.Duration {
	var longest time.Duration
	for _, d := range s.world.Slack.Deliveries() {
		longest = max(longest, d.Latency)
	}
	return longest
}
