package main

import (
	"encoding/json"
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
	Wrap   wrapKeysCommand   `cmd:"" help:"Wrap all keys by a key of a KMS."`
	Unwrap unwrapKeysCommand `cmd:"" help:"Store the keys unwrapped again."`
}

// keyringOptions say where the keys are and what wraps them.
type keyringOptions struct {
	keyringPath
	kekOption
}

func (o keyringOptions) open() (*privacy.Keyring, error) {
	path, err := o.existing()
	if err != nil {
		return nil, err
	}
	return o.openKeyring(path)
}

type listKeysCommand struct {
	keyringPath
	JSON bool `name:"json" help:"Print an array of JSON objects."`
}

func (l *listKeysCommand) Run() error {
	path, err := l.existing()
	if err != nil {
		return err
	}
	keys, err := privacy.ListKeys(path)
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
	keyring, err := r.open()
	if err != nil {
		return err
	}
	orgs, err := r.orgs(r.Org)
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

// shredKeysCommand needs no KMS: an erasure doesn't wait for one.
type shredKeysCommand struct {
	keyringPath
	Day string `arg:"" help:"Day of the events, UTC, as YYYY-MM-DD."`
	Org string `help:"Only this organisation. Default: every one that has a key."`
}

func (s *shredKeysCommand) Run() error {
	day, err := parseDay(s.Day)
	if err != nil {
		return err
	}
	path, err := s.existing()
	if err != nil {
		return err
	}
	orgs, err := s.orgs(s.Org)
	if err != nil {
		return err
	}
	shredded := 0
	for _, org := range orgs {
		n, err := privacy.ShredKeys(path, org, day)
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

// orgs are the named organisation, or all that have a key.
func (p keyringPath) orgs(only string) ([]string, error) {
	if only != "" {
		return []string{only}, nil
	}
	path, err := p.existing()
	if err != nil {
		return nil, err
	}
	keys, err := privacy.ListKeys(path)
	if err != nil {
		return nil, err
	}
	var orgs []string
	for _, k := range keys { // in the order of organisations
		orgs = append(orgs, k.Org)
	}
	return slices.Compact(orgs), nil
}

func parseDay(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fmt.Errorf("%q is no day: give it as YYYY-MM-DD", text)
	}
	return day, nil
}
