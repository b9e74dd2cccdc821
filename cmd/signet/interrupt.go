package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"
)

var errInterrupted = errors.New("interrupted")

// interruptible returns an action that Ctrl-C ends by ending its context, so
// that it leaves no half of a file behind. A second Ctrl-C ends the program at
// once.
func interruptible(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(signals)
		go func() {
			select {
			case <-signals:
				signal.Stop(signals)
				cancel(errInterrupted)
			case <-ctx.Done():
			}
		}()
		return action(ctx, cmd)
	}
}
