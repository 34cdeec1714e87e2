package clickhouse

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// Why ClickHouse can't be used; test with errors.Is.
var (
	ErrUnreachable    = errors.New("ClickHouse does not answer")
	ErrAuthentication = errors.New("ClickHouse refuses the user or password")
	ErrForbidden      = errors.New("ClickHouse does not allow this user to do that")
	ErrNoDatabase     = errors.New("the database does not exist")
	ErrNotMigrated    = errors.New("the tables are not those of this version")
)

// Class says what to do about a failed insert.
type Class string

// Classes. An unknown error is Transient: waiting loses nothing.
const (
	Transient Class = "transient" // the same insert may succeed later
	Rejected  Class = "rejected"  // some rows don't fit: bisect
	Fatal     Class = "fatal"     // a person must act
)

// classes are ClickHouse's error codes (src/Common/ErrorCodes.cpp) that are not transient.
var classes = map[int32]Class{
	6:   Rejected, // CANNOT_PARSE_TEXT
	27:  Rejected, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
	38:  Rejected, // CANNOT_PARSE_DATE
	41:  Rejected, // CANNOT_PARSE_DATETIME
	53:  Rejected, // TYPE_MISMATCH
	69:  Rejected, // ARGUMENT_OUT_OF_BOUND
	70:  Rejected, // CANNOT_CONVERT_TYPE
	72:  Rejected, // CANNOT_PARSE_NUMBER
	117: Rejected, // INCORRECT_DATA
	131: Rejected, // TOO_LARGE_STRING_SIZE
	321: Rejected, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
	349: Rejected, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
	407: Rejected, // DECIMAL_OVERFLOW
	469: Rejected, // VIOLATED_CONSTRAINT

	10:  Fatal, // NOT_FOUND_COLUMN_IN_BLOCK
	16:  Fatal, // NO_SUCH_COLUMN_IN_TABLE
	47:  Fatal, // UNKNOWN_IDENTIFIER
	60:  Fatal, // UNKNOWN_TABLE
	81:  Fatal, // UNKNOWN_DATABASE
	192: Fatal, // UNKNOWN_USER
	193: Fatal, // WRONG_PASSWORD
	497: Fatal, // ACCESS_DENIED
	516: Fatal, // AUTHENTICATION_FAILED
}

// Classify says what to do about an error of Insert.
func Classify(err error) Class {
	if e := (*clickhouse.Exception)(nil); errors.As(err, &e) {
		// One code for two things: too many parts in the table passes, too many months in one block doesn't.
		if e.Code == 252 && strings.Contains(e.Message, "single INSERT block") {
			return Rejected
		}
		if c, ok := classes[e.Code]; ok {
			return c
		}
		return Transient
	}
	// The driver could not put a Go slice into the table's column: the table has another type.
	if errors.Is(err, ErrNotMigrated) || errors.As(err, new(*column.ColumnConverterError)) || errors.As(err, new(*column.UnsupportedColumnTypeError)) {
		return Fatal
	}
	return Transient
}

// explain adds to an error of the server what to do about it, where that is known.
func explain(err error) error {
	e := (*clickhouse.Exception)(nil)
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case 10, 16, 60:
		return fmt.Errorf("%w: %w; run `assay migrate`", ErrNotMigrated, err)
	case 81:
		return fmt.Errorf("%w: %w; run `assay migrate`", ErrNoDatabase, err)
	case 192, 193, 516:
		return fmt.Errorf("%w (%w): check the user in ASSAY_CLICKHOUSE and ASSAY_CLICKHOUSE_PASSWORD", ErrAuthentication, codeOnly{e})
	case 497:
		return fmt.Errorf("%w: %w; use another user or see deploy/clickhouse/users.xml", ErrForbidden, err)
	}
	return err
}

// codeOnly keeps the exception for errors.As, but not its text: for a failed login that is a paragraph about files on the server.
type codeOnly struct{ *clickhouse.Exception }

func (c codeOnly) Error() string { return fmt.Sprintf("code %d", c.Code) }
func (c codeOnly) Unwrap() error { return c.Exception }

func explainDial(opt *clickhouse.Options, err error) error {
	if errors.As(err, new(*clickhouse.Exception)) {
		return explain(err)
	}
	return fmt.Errorf("%w at %s: %w; start it or set ASSAY_CLICKHOUSE to where it is", ErrUnreachable, strings.Join(opt.Addr, ", "), err)
}
