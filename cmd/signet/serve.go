package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/signet-store/signet/internal/server"
)

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "run the server",
		Description: "Runs an S3-compatible server on this machine until Ctrl-C. The first start makes the data\n" +
			"directory and a root access key; '. " + server.DefaultDataDir + "/root.env' loads it into a shell.\n\n" +
			"To bring a key of your own, set " + server.EnvRootKeyID + " and\n" + server.EnvRootSecret + "; they are never written to disk.",
		Flags: []cli.Flag{
			serveFlag("data", "keep everything in `DIR`", server.DefaultDataDir, nil),
			serveFlag("listen", "serve on `ADDR`, host:port; port 0 takes a free one", server.DefaultListen, nil),
			serveFlag("metrics", "serve Prometheus metrics on `ADDR`, host:port, or off", server.DefaultMetrics, nil),
			serveFlag("region", "the `REGION` that clients sign for", server.DefaultRegion, nil),
			serveListFlag("domain", "find buckets at BUCKET.`NAME` too, as at BUCKET.localhost; repeatable"),
			serveListFlag("public-url", "print `URL`, by which others reach the server; repeatable"),
			serveFlag("sigv2", "`on|off`: accept the older signatures that boto3 presigns with", "on", aSwitch),
			serveFlag("tls-cert", "serve HTTPS with the certificate chain in `FILE` (PEM), read again when it changes", "", nil),
			serveFlag("tls-key", "the certificate's private key in `FILE` (PEM)", "", nil),
			serveFlag("key-file", "seal stored secrets with the key in `FILE`, made when missing (default: in the data directory; elsewhere, it protects copies of that)", "", nil),
			serveListFlag("trusted-proxy", "believe what proxies in the network `CIDR` say of their clients' addresses; repeatable"),
			serveFlag("limit-per-address", "refuse more than `RATE` requests a second from one address: 100, or 100:500 for 500 at once", server.NoLimit, aRate),
			serveFlag("limit-per-key", "refuse more than `RATE` requests a second with one access key", server.NoLimit, aRate),
			&switchFlag{Name: "legacy-bucket-defaults", Usage: "give new buckets what Amazon gave before April 2023: access control lists on, public access not blocked", Local: true, Sources: cli.EnvVars(envName("legacy-bucket-defaults"))},
			serveFlag("free-space-reserve", "keep `SIZE` of the disk free, such as 512MiB (default: 1GiB, or 1% of a small disk)", "", aSize),
			serveFlag("scrub-interval", "read everything and compare it with its checksums once in `DURATION`, slowly; off for never", defaultScrubInterval, aScrubInterval),
			serveFlag("access-log", "write a line of JSON for each request to `FILE`, opened again at SIGHUP, or to standard output (-)", accessLogOff, nil),
			serveFlag("access-log-size", "begin a new access log at `SIZE`, and keep five older ones; 0 leaves that to others", server.DefaultAccessLogSize.String(), aSize),
			serveFlag("log-format", "write the log as `text|json`", "text", oneOf("text", "json")),
			serveFlag("log-level", "log `LEVEL` and worse: debug, info, warn, error", "info", oneOf("debug", "info", "warn", "error")),
		},
		Action: serve,
	}
}

// serveFlag is a flag of serve with its environment variable. An empty value,
// such as that of a variable that a script passes on, means the default.
func serveFlag(name, usage, value string, check func(string) error) cli.Flag {
	return &cli.StringFlag{
		Name: name, Usage: usage, Value: value, Local: true, Sources: cli.EnvVars(envName(name)),
		Validator: func(text string) error {
			if text == "" || check == nil {
				return nil
			}
			return check(text)
		},
	}
}

// serveListFlag is one that may be repeated. In its environment variable, commas
// separate.
func serveListFlag(name, usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, Local: true, Sources: cli.EnvVars(envName(name))}
}

func envName(flag string) string {
	return "SIGNET_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// accessLogOff is the value of --access-log for none.
const accessLogOff = "off"

// defaultScrubInterval is how often everything is read: often enough that what
// rots is noticed while there still are backups, and rarely enough not to matter.
const defaultScrubInterval = "30d"

// parseScrubInterval returns 0 for off.
func parseScrubInterval(text string) (time.Duration, error) {
	switch text {
	case "off":
		return 0, nil
	case "":
		text = defaultScrubInterval
	}
	interval, err := parseDuration(text)
	if err == nil && interval < time.Minute {
		err = fmt.Errorf("the scrub's interval is at least a minute, or off, not %s", text)
	}
	return interval, err
}

func aScrubInterval(text string) error {
	_, err := parseScrubInterval(text)
	return err
}

func aSize(text string) error {
	_, err := server.ParseSize(text)
	return err
}

func aRate(text string) error {
	_, err := server.ParseRate(text)
	return err
}

// oneOf checks that a flag has one of these values.
func oneOf(values ...string) func(string) error {
	return func(value string) error {
		for _, v := range values {
			if value == v {
				return nil
			}
		}
		return fmt.Errorf("%q is not one of: %s", value, strings.Join(values, ", "))
	}
}

// collectAt is how much the heap may grow, in percent, before garbage is collected.
// What the server keeps is small (the engine's cache is not on the heap) and every
// request makes some garbage, so that the usual 100 would collect all the time.
const collectAt = 400

func serve(ctx context.Context, cmd *cli.Command) error {
	if err := noArguments(cmd); err != nil {
		return err
	}
	config, err := serveConfig(cmd)
	if err != nil {
		return usageErrorf(cmd, "%w", err)
	}
	// The first Ctrl-C lets requests end. From then on signals do what they
	// usually do, so a second one ends the program at once.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	stdout := cmd.Root().Writer
	hangups := make(chan os.Signal, 1)
	switch config.AccessLog {
	case "":
	case server.AccessLogToStdout:
		// Standard output is for the log alone, and the server outlives its reader.
		stdout = cmd.Root().ErrWriter
		signal.Ignore(syscall.SIGPIPE)
	default:
		signal.Notify(hangups, syscall.SIGHUP)
		defer signal.Stop(hangups)
	}

	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	s, err := server.Open(ctx, config)
	if err != nil {
		return err
	}
	go reopenAccessLog(ctx, stop, hangups, s)
	for _, sentence := range unknownVariables(cmd.Root(), os.Environ()) {
		config.Log.Warn(sentence)
	}
	greeting := newGreeting(s, config, ownName())
	if isTerminal(stdout) {
		greeting.showNewKey(s)
	}
	greeting.write(stdout)
	ready := []any{"endpoint", s.Endpoint(), "listen", s.Addr().String(), "data", config.DataDir}
	if s.RootEnv() != "" {
		ready = append(ready, "keys", s.RootEnv())
	}
	if s.MetricsURL() != "" {
		ready = append(ready, "metrics", s.MetricsURL())
	}
	config.Log.Info("ready", ready...)
	if len(greeting.others) > 0 {
		config.Log.Info("others reach this server too, at other addresses than URLs are made for: give one with --public-url", "addresses", greeting.others)
	}
	if err := s.Serve(ctx); err != nil {
		return err
	}
	config.Log.Info("ended")
	return nil
}

// reopenAccessLog does at each hangup what programs that rotate logs mean by it. A
// terminal that goes away sends the same signal: then the server ends, as by Ctrl-C.
func reopenAccessLog(ctx context.Context, stop func(), hangups <-chan os.Signal, s *server.Server) {
	hadTerminal := hasTerminal()
	for {
		select {
		case <-hangups:
			if hadTerminal && !hasTerminal() {
				stop()
				return
			}
			s.ReopenAccessLog()
		case <-ctx.Done():
			return
		}
	}
}

// hasTerminal reports whether a terminal controls this process.
func hasTerminal() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	tty.Close()
	return true
}

// serveConfig reads the flags and the environment.
func serveConfig(cmd *cli.Command) (server.Config, error) {
	config := server.Config{
		DataDir:    cmd.String("data"),
		Listen:     cmd.String("listen"),
		Metrics:    cmd.String("metrics"),
		Region:     cmd.String("region"),
		Domains:    splitCommas(cmd.StringSlice("domain")),
		PublicURLs: splitCommas(cmd.StringSlice("public-url")),
		TLSCert:    cmd.String("tls-cert"),
		TLSKey:     cmd.String("tls-key"),
		KeyFile:    cmd.String("key-file"),
		Stdout:     cmd.Root().Writer,

		TrustedProxies:       splitCommas(cmd.StringSlice("trusted-proxy")),
		LegacyBucketDefaults: cmd.Bool("legacy-bucket-defaults"),
		Log:                  newLog(cmd.Root().ErrWriter, cmd.String("log-format"), cmd.String("log-level")),
	}
	if name := cmd.String("access-log"); name != accessLogOff {
		config.AccessLog = name
	}
	sigv2, err := parseSwitch(cmp.Or(cmd.String("sigv2"), "on"))
	if err != nil {
		return config, err
	}
	config.RefuseSigV2 = !sigv2
	if config.ScrubInterval, err = parseScrubInterval(cmd.String("scrub-interval")); err != nil {
		return config, err
	}
	if config.FreeSpaceReserve, err = optionalSize(cmd, "free-space-reserve"); err != nil {
		return config, err
	}
	if config.AccessLogSize, err = optionalSize(cmd, "access-log-size"); err != nil {
		return config, err
	}
	if config.LimitPerAddress, err = server.ParseRate(cmd.String("limit-per-address")); err != nil {
		return config, err
	}
	if config.LimitPerKey, err = server.ParseRate(cmd.String("limit-per-key")); err != nil {
		return config, err
	}
	if config.RootKey, err = server.RootKeyFromEnv(os.Getenv); err != nil {
		return config, err
	}
	return config, config.Check()
}

// optionalSize returns a flag's size, nil where it has none.
func optionalSize(cmd *cli.Command, name string) (*server.Size, error) {
	text := cmd.String(name)
	if text == "" {
		return nil, nil
	}
	size, err := server.ParseSize(text)
	return &size, err
}

func splitCommas(values []string) []string {
	var all []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	}
	return all
}

// newLog returns a log that writes to w. The flags were checked before.
func newLog(w io.Writer, format, level string) *slog.Logger {
	var least slog.Level
	_ = least.UnmarshalText([]byte(level))
	options := &slog.HandlerOptions{Level: least}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// ownName returns how the program was called, so that what it prints can be
// typed.
func ownName() string {
	if exe, err := os.Executable(); err == nil &&
		strings.Contains(exe, string(filepath.Separator)+"go-build") && filepath.Base(filepath.Dir(exe)) == "exe" {
		return "go run ./cmd/signet"
	}
	if name := os.Args[0]; strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		return name
	}
	return "signet"
}
