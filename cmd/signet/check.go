package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/signet-store/signet/internal/server"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "verify a data directory",
		Description: "Reads everything in a data directory that no server uses, compares it with its checksums,\n" +
			"counts and indices, and prints a line for each thing that is not as it should be, with the\n" +
			"object that it concerns:\n\n" +
			"    damaged       something that was stored is lost\n" +
			"    inconsistent  records contradict each other; nothing is lost yet\n" +
			"    reclaimable   space that nothing refers to\n" +
			"    outdated      a policy that is in force and would be refused if it were put now\n\n" +
			"Exit status 1 means that something is damaged or inconsistent, and was neither repaired nor\n" +
			"removed. Without --repair nothing is changed. A repair that is cut short can be run again.",
		Flags: []cli.Flag{
			serveFlag("data", "check `DIR`", server.DefaultDataDir, nil),
			&switchFlag{Name: "quick", Usage: "look at the length of each file, not at its bytes", Local: true},
			&switchFlag{Name: "repair", Usage: "mend counts and indices, and free what nothing refers to; no object is deleted", Local: true},
			&switchFlag{Name: "remove-damaged", Usage: "repair, and delete the objects, versions and uploads that are damaged", Local: true},
			&switchFlag{Name: "all-missing", Usage: "with --remove-damaged: also where all files, or more than 100 and 1% of them, are missing", Local: true},
			&switchFlag{Name: "json", Usage: "print a JSON object per line", Local: true},
		},
		Action: interruptible(check),
	}
}

func check(ctx context.Context, cmd *cli.Command) error {
	if err := noArguments(cmd); err != nil {
		return err
	}
	if cmd.Bool("all-missing") && !cmd.Bool("remove-damaged") {
		return usageErrorf(cmd, "--all-missing goes with --remove-damaged")
	}
	stdout, stderr := cmd.Root().Writer, cmd.Root().ErrWriter
	var bar *progress
	defer func() {
		if bar != nil {
			bar.finish()
		}
	}()
	result, err := server.Check(ctx, server.CheckConfig{
		DataDir:       cmd.String("data"),
		Lengths:       cmd.Bool("quick"),
		Repair:        cmd.Bool("repair"),
		RemoveDamaged: cmd.Bool("remove-damaged"),
		AllMissing:    cmd.Bool("all-missing"),
		Progress: func(read, total int64) {
			if bar == nil {
				bar = newProgress(stderr, time.Now, "reading", total)
			}
			bar.add(read)
		},
		Report: func(f server.Finding) error {
			if bar != nil {
				bar.finish()
			}
			if cmd.Bool("json") {
				return printJSON(cmd, f)
			}
			_, err := fmt.Fprintln(stdout, findingLine(f))
			return err
		},
	})
	if err != nil {
		return err
	}
	if result.Faulty > 0 {
		return fmt.Errorf("%s: %s", cmd.String("data"), checkSummary(result))
	}
	if !cmd.Bool("json") {
		if bar != nil {
			bar.finish()
		}
		_, err = fmt.Fprintf(stdout, "%s: %s\n", cmd.String("data"), checkSummary(result))
	}
	return err
}

// findingLine is a finding as people read it.
func findingLine(f server.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-12s ", f.Kind)
	if f.Bucket != "" || f.Key != "" {
		b.WriteString(s3URI{bucket: f.Bucket, key: printable(f.Key)}.String())
		if f.VersionID != "" {
			b.WriteString(" version " + f.VersionID)
		}
		if f.UploadID != "" {
			b.WriteString(" upload " + f.UploadID)
		}
		b.WriteString(": ")
	}
	b.WriteString(printable(f.Problem))
	switch {
	case f.Action != "":
		b.WriteString(" (" + f.Action + ")")
	case f.Repairable:
		b.WriteString(" (--repair mends it)")
	}
	return b.String()
}

func checkSummary(r server.CheckResult) string {
	if r.Damaged+r.Inconsistent+r.Reclaimable+r.Outdated == 0 {
		return fmt.Sprintf("all is well; %s read", formatSize(r.BytesRead))
	}
	text := fmt.Sprintf("%d damaged, %d inconsistent, %d reclaimable", r.Damaged, r.Inconsistent, r.Reclaimable)
	if r.Outdated > 0 {
		text += fmt.Sprintf(", %d outdated", r.Outdated)
	}
	if r.Repaired > 0 {
		text += fmt.Sprintf(", %d of them repaired", r.Repaired)
	}
	if r.Removed > 0 {
		text += fmt.Sprintf(", %d of them removed", r.Removed)
	}
	return text
}
