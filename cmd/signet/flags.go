package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/signet-store/signet/internal/server"
)

// switchFlag is a flag that is on or off. It is on where it stands without a value;
// after "=", and in environment variables, it takes what parseSwitch takes.
type switchFlag = cli.FlagBase[bool, cli.NoConfig, switchValue]

// parseSwitch reads on or off, and what other programs write for them.
func parseSwitch(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "on", "true", "yes", "1", "t":
		return true, nil
	case "off", "false", "no", "0", "f":
		return false, nil
	}
	return false, fmt.Errorf("%q is not one of: on, off, true, false", text)
}

func aSwitch(text string) error {
	_, err := parseSwitch(text)
	return err
}

// switchValue implements cli.ValueCreator and cli.Value for switchFlag.
type switchValue struct{ on *bool }

func (switchValue) Create(on bool, p *bool, _ cli.NoConfig) cli.Value {
	*p = on
	return &switchValue{p}
}

func (switchValue) ToString(on bool) string { return strconv.FormatBool(on) }

func (v *switchValue) Set(text string) (err error) {
	*v.on, err = parseSwitch(text)
	return err
}

func (v *switchValue) Get() any         { return *v.on }
func (v *switchValue) String() string   { return strconv.FormatBool(v.on != nil && *v.on) }
func (v *switchValue) IsBoolFlag() bool { return true }

// sizeFlag is a flag whose value is a number of bytes, as server.ParseSize reads it.
type sizeFlag = cli.FlagBase[server.Size, cli.NoConfig, sizeValue]

// sizeValue implements cli.ValueCreator and cli.Value for sizeFlag.
type sizeValue struct{ size *server.Size }

func (sizeValue) Create(size server.Size, p *server.Size, _ cli.NoConfig) cli.Value {
	*p = size
	return &sizeValue{p}
}

func (sizeValue) ToString(size server.Size) string {
	if size == 0 {
		return ""
	}
	return size.String()
}

func (v *sizeValue) Set(text string) (err error) {
	*v.size, err = server.ParseSize(text)
	return err
}

func (v *sizeValue) Get() any { return *v.size }

func (v *sizeValue) String() string {
	if v.size == nil {
		return ""
	}
	return v.ToString(*v.size)
}

// sizeOf returns the bytes that a sizeFlag has.
func sizeOf(cmd *cli.Command, name string) int64 {
	size, _ := cmd.Value(name).(server.Size)
	return int64(size)
}
