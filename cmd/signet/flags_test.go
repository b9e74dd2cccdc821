package main

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v3"
)

// Flags that the library reads by itself would take other words, and refuse them in
// others.
func TestSwitchesAreReadAlikeEverywhere(t *testing.T) {
	root := newProgram(nil, nil, nil)
	root.Walk(func(cmd *cli.Command) error {
		for _, flag := range cmd.Flags {
			switch flag.(type) {
			case *cli.BoolFlag, *cli.BoolWithInverseFlag, *cli.DurationFlag:
				t.Errorf("%s has a %T: %v", cmd.FullName(), flag, flag.Names())
			}
		}
		return nil
	})
	for text, want := range map[string]bool{"on": true, "ON": true, "true": true, "1": true, "off": false, "False": false, "no": false} {
		if got, err := parseSwitch(text); err != nil || got != want {
			t.Errorf("parseSwitch(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", " on", "2", "enable"} {
		if _, err := parseSwitch(text); err == nil {
			t.Errorf("parseSwitch(%q) is no error", text)
		}
	}
}

func TestAVariableOverridesASwitchsDefault(t *testing.T) {
	for text, want := range map[string]string{"on": "true", "off": "false", "": "false"} {
		t.Setenv("SIGNET_LEGACY_BUCKET_DEFAULTS", text)
		serve := serveCommand()
		var got string
		serve.Action = func(_ context.Context, cmd *cli.Command) error {
			got = fmt.Sprint(cmd.Bool("legacy-bucket-defaults"))
			return nil
		}
		if err := serve.Run(t.Context(), []string{"serve"}); err != nil || got != want {
			t.Errorf("with %q it is %s: %v", text, got, err)
		}
	}
}

func TestUnknownVariablesAreNamed(t *testing.T) {
	root := newProgram(nil, nil, nil)
	got := unknownVariables(root, []string{
		"PATH=/bin", "SIGNET_DATA=/d", "SIGNET_DTA=/d", "SIGNET_ROOT_ACCESS_KEY_ID=a", "SIGNET_ROOT_SECRET_ACCESS_KEY=b",
		"SIGNET_PORT=tcp://10.0.0.1:9000", "SIGNET_PORT_9000_TCP=x", "SIGNET_SERVICE_PORT_HTTP=9000", "SIGNET_S3_SERVICE_HOST=x",
		"SIGNET_METRICS=off", "SIGNET_SOMETHING=s3cret", "SIGNETS=1", "SIGNET_REQUIRE_CLIENTS=1",
	})
	want := []string{
		"the environment variable SIGNET_DTA has no effect (did you mean SIGNET_DATA?)",
		"the environment variable SIGNET_SOMETHING has no effect",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestOnlySlipsAreSuggested(t *testing.T) {
	known := []string{"serve", "share", "presign", "--listen", "--limit-per-key", "cp", "ls"}
	for text, want := range map[string]string{
		"sevre": "serve", "shar": "share", "presgin": "presign", "--lsten": "--listen", "--limit-per-keys": "--limit-per-key",
		"frobnicate": "", "--port": "", "": "",
	} {
		got := didYouMean(text, known, "")
		if want != "" {
			want = " (did you mean " + want + "?)"
		}
		if got != want {
			t.Errorf("for %q: %q, want %q", text, got, want)
		}
	}
}

func TestOthersReachAllAddressesOfAServerThatListensOnAll(t *testing.T) {
	network := func(s string) net.Addr {
		ip, n, err := net.ParseCIDR(s)
		if err != nil {
			t.Fatal(err)
		}
		n.IP = ip
		return n
	}
	machine := []net.Addr{network("127.0.0.1/8"), network("::1/128"), network("192.0.2.7/24"), network("fe80::1/64"), network("2001:db8::7/64")}
	for _, c := range []struct {
		listen string
		want   []string
	}{
		{"127.0.0.1", nil},
		{"192.0.2.7", nil},
		{"0.0.0.0", []string{"https://192.0.2.7:9000"}},
		{"::", []string{"https://192.0.2.7:9000", "https://[2001:db8::7]:9000"}},
	} {
		got := reachableBy(&net.TCPAddr{IP: net.ParseIP(c.listen), Port: 9000}, machine, "https://127.0.0.1:9000")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("on %s (-want +got):\n%s", c.listen, diff)
		}
	}
}
