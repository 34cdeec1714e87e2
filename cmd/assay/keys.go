package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/producers/privacy"
)

type keysCommand struct {
	List   listKeysCommand   `cmd:"" help:"List the keys that seal code and text, without what is secret of them."`
	Rotate rotateKeysCommand `cmd:"" help:"Seal under new keys from now on; what was sealed before opens as before."`
	Shred  shredKeysCommand  `cmd:"" help:"Destroy the keys of a day: what they sealed is erased everywhere, backups and dead letters included."`
}

// keyringOptions say where the keys are.
type keyringOptions struct {
	Data    string `type:"path" env:"ASSAY_DATA" placeholder:"DIR" help:"Data folder of a local instance, which holds the keyring."`
	Keyring string `type:"path" env:"ASSAY_KEYRING" placeholder:"FILE" help:"File of the keys, the one that every process is given."`
}

// open never makes a keyring: the keys of a new one sealed nothing.
func (o keyringOptions) open() (*privacy.Keyring, error) {
	path := o.Keyring
	switch {
	case path != "":
	case o.Data != "":
		path = keyringFile(o.Data)
	default:
		return nil, errors.New("where are the sealing keys? Give --keyring FILE, or --data DIR for a local instance")
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	return privacy.OpenKeyring(path)
}

type listKeysCommand struct {
	keyringOptions
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

func (l *listKeysCommand) Run() error {
	keyring, err := l.open()
	if err != nil {
		return err
	}
	keys, err := keyring.Keys()
	if err != nil {
		return err
	}
	if l.JSON {
		return json.NewEncoder(os.Stdout).Encode(keys)
	}
	t := newTable(os.Stdout, "key", "org", "day", "state")
	for _, k := range keys {
		state := "opens"
		if k.Active {
			state = "seals and opens"
		}
		if k.ShreddedAt != nil {
			state = "shredded " + k.ShreddedAt.Format(time.RFC3339)
		}
		t.AppendRow(table.Row{k.ID, k.Org, k.Day, state})
	}
	t.Render()
	return nil
}

type rotateKeysCommand struct {
	keyringOptions
	Day string `arg:"" optional:"" help:"Day of the events, UTC, as YYYY-MM-DD. Default: today."`
	Org string `help:"Only this organisation. Default: every one that has a key."`
}

func (r *rotateKeysCommand) Run() error {
	day := time.Now()
	if r.Day != "" {
		var err error
		if day, err = parseDay(r.Day); err != nil {
			return err
		}
	}
	keyring, orgs, err := openFor(r.keyringOptions, r.Org)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		id, err := keyring.Rotate(org, day)
		if err != nil {
			return err
		}
		fmt.Println(id)
	}
	return nil
}

type shredKeysCommand struct {
	keyringOptions
	Day string `arg:"" help:"Day of the events, UTC, as YYYY-MM-DD."`
	Org string `help:"Only this organisation. Default: every one that has a key."`
}

func (s *shredKeysCommand) Run() error {
	day, err := parseDay(s.Day)
	if err != nil {
		return err
	}
	keyring, orgs, err := openFor(s.keyringOptions, s.Org)
	if err != nil {
		return err
	}
	shredded := 0
	for _, org := range orgs {
		n, err := keyring.Shred(org, day)
		if err != nil {
			return err
		}
		shredded += n
	}
	if shredded == 0 { // who asked for an erasure must not take a mistyped name for one
		return fmt.Errorf("nothing was shredded, there is no such key of %s (any more): see `assay keys list`", s.Day)
	}
	fmt.Printf("%d keys of %s are shredded: shred them in backups of the keyring, too\n", shredded, s.Day)
	return nil
}

// openFor opens the keyring, and names the organisation, or all that have a key.
func openFor(o keyringOptions, org string) (*privacy.Keyring, []string, error) {
	keyring, err := o.open()
	if err != nil || org != "" {
		return keyring, []string{org}, err
	}
	keys, err := keyring.Keys()
	if err != nil {
		return nil, nil, err
	}
	var orgs []string
	for _, k := range keys { // in the order of organisations
		orgs = append(orgs, k.Org)
	}
	return keyring, slices.Compact(orgs), nil
}

func parseDay(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fmt.Errorf("%q is no day: give it as YYYY-MM-DD", text)
	}
	return day, nil
}
