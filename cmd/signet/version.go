package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"

	"github.com/signet-store/signet/internal/server"
)

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print which version this is",
		Flags: []cli.Flag{
			&switchFlag{Name: "json", Usage: "print JSON", Local: true},
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if err := noArguments(cmd); err != nil {
				return err
			}
			v := currentVersion()
			if cmd.Bool("json") {
				return json.NewEncoder(cmd.Root().Writer).Encode(v)
			}
			_, err := fmt.Fprint(cmd.Root().Writer, v.text())
			return err
		},
	}
}

// version says what the running program was built from.
type version struct {
	// Version is the module's version, "(devel)" when built from a work tree
	// that has none.
	Version string `json:"version"`
	// Revision is the commit, "" if unknown; Modified says that there were
	// changes on top of it.
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	// DataFormat is the version of what is on disk that this program writes.
	DataFormat int `json:"data_format"`
}

func currentVersion() version {
	v := version{Version: "(unknown)", Go: runtime.Version(), DataFormat: server.Format}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version = info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

func (v version) text() string {
	text := "signet " + v.Version + "\n"
	if v.Revision != "" {
		text += "revision " + v.Revision
		if v.Modified {
			text += " with local changes"
		}
		text += "\n"
	}
	return fmt.Sprintf("%s%s\ndata format %d\n", text, v.Go, v.DataFormat)
}
