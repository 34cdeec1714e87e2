package simulate

import (
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// snippets are what code is cut from, by language.
var snippets = map[string]string{
	"python": `def load_orders(path, limit=None):
    with open(path, newline="") as source:
        rows = csv.DictReader(source)
        orders = [parse_order(row) for row in rows]
    return orders[:limit] if limit else orders

def mean_absolute_error(actual, predicted):
    total = sum(abs(a - p) for a, p in zip(actual, predicted))
    return total / len(actual)

class Inventory:
    def __init__(self, items=()):
        self.items = {item.sku: item for item in items}

    def reserve(self, sku, quantity):
        item = self.items.get(sku)
        if item is None or item.available < quantity:
            raise OutOfStock(sku)
        item.available -= quantity
        return Reservation(sku, quantity)

`,
	"typescript": `export async function fetchInvoices(customer: string, page = 1): Promise<Invoice[]> {
  const response = await client.get("/customers/" + customer + "/invoices", { params: { page } });
  return response.data.items.map(toInvoice);
}

const totals = invoices.reduce((sum, invoice) => sum + invoice.amount, 0);
export function useDebounced<T>(value: T, delay: number): T {
  const [current, setCurrent] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setCurrent(value), delay);
    return () => clearTimeout(timer);
  }, [value, delay]);
  return current;
}

`,
	"go": `func (s *Store) Find(ctx context.Context, id string) (*Account, error) {
	row := s.db.QueryRowContext(ctx, "SELECT id, name, balance FROM accounts WHERE id = ?", id)
	var a Account
	if err := row.Scan(&a.ID, &a.Name, &a.Balance); err != nil {
		return nil, fmt.Errorf("find account %s: %w", id, err)
	}
	return &a, nil
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

`,
	"java": `public Optional<Shipment> findLatest(String orderId) {
    return shipments.stream()
        .filter(shipment -> shipment.orderId().equals(orderId))
        .max(Comparator.comparing(Shipment::createdAt));
}

@Override
public int compareTo(Version other) {
    int byMajor = Integer.compare(major, other.major);
    return byMajor != 0 ? byMajor : Integer.compare(minor, other.minor);
}

`,
	"rust": `pub fn parse_header(input: &str) -> Result<Header, ParseError> {
    let (name, value) = input.split_once(':').ok_or(ParseError::NoColon)?;
    Ok(Header { name: name.trim().to_lowercase(), value: value.trim().to_string() })
}

impl Iterator for Chunks<'_> {
    type Item = Vec<u8>;
    fn next(&mut self) -> Option<Self::Item> {
        let end = self.rest.len().min(self.size);
        if end == 0 { return None; }
        Some(self.take(end))
    }
}

`,
}

const talk = `How do I read the rows of a file without loading all of it, and stop at the first bad one?
You can iterate over the reader: it hands out one record at a time and ends at the error. Keep the line number, so that the
message tells where the file is wrong. The loop below returns what was read before.
Why does this test fail only on the build server? It compares a local time with a UTC time; set the zone explicitly in both.
Please explain what this merge changes. It moves the retry loop out of the client, bounds it by the caller's deadline, and
adds a metric for attempts. Behaviour stays the same for requests that succeed at once.
Write a script that renames the exports by date. It lists the folder, parses the date in each name and skips what has none.
`

// secretShare is how often a suggestion holds a made-up key for the security scan to find.
const secretShare = 1.0 / 2000

// code cuts a suggestion and what stands before it.
func code(rng *rand.Rand, language string, chars int) (start, code string) {
	text := snippets[language]
	at := rng.IntN(len(text))
	if newline := strings.IndexByte(text[at:], '\n'); newline >= 0 && at+newline+1 < len(text) {
		at += newline + 1
	}
	code = cut(text, at, chars)
	if rng.Float64() < secretShare {
		code += "\n" + secret(rng)
	}
	return text[max(0, at-160):at], code
}

// secret is a line with a key that looks like a real one. No key stands here: it would be found in this file.
func secret(rng *rand.Rand) string {
	if rng.IntN(2) == 0 {
		return `aws_access_key_id = "AKIA` + letters(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16) + `"`
	}
	return `token = "ghp_` + letters(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 36) + `"`
}

func letters(rng *rand.Rand, from string, n int) string {
	word := make([]byte, n)
	for i := range word {
		word[i] = from[rng.IntN(len(from))]
	}
	return string(word)
}

func prose(rng *rand.Rand, chars int) string { return cut(talk, rng.IntN(len(talk)), chars) }

// cut takes n bytes of an endless repetition of an ASCII text.
func cut(text string, at, n int) string {
	if at+n <= len(text) {
		return text[at : at+n]
	}
	return (text[at:] + strings.Repeat(text, n/len(text)+1))[:n]
}

// size is a text's length in code points and lines.
func size(text string) (chars, lines int32) {
	n := strings.Count(text, "\n")
	if !strings.HasSuffix(text, "\n") {
		n++
	}
	return int32(utf8.RuneCountInString(text)), int32(n)
}
