/** Python's repr of a float: always with a point or an exponent, which starts at 1e16 and below 1e-4. */
export function pythonFloat(value: number): string {
  const size = Math.abs(value);
  if (Object.is(value, -0)) return "-0.0";
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits = "", exponent = ""] = value.toExponential().split("e");
    const power = exponent.slice(1).padStart(2, "0");
    return `${digits}e${exponent.startsWith("-") ? "-" : "+"}${power}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** A text as Python's json.dumps writes it: everything outside printable ASCII is escaped. */
export function pythonText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * What Python's `json.dumps(value, sort_keys=True)` writes. JSON does not tell 360 from 360.0: numbers that are
 * members named in `floats` are written as floats, the other whole ones as ints.
 */
export function pythonJson(value: unknown, floats: ReadonlySet<string>, asFloat = false): string {
  if (typeof value === "string") return pythonText(value);
  if (typeof value === "number") {
    return asFloat || !Number.isInteger(value) ? pythonFloat(value) : BigInt(value).toString();
  }
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item, floats)).join(", ")}]`;
  if (value === null || typeof value !== "object") return String(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${pythonText(key)}: ${pythonJson(member, floats, floats.has(key))}`);
  return `{${members.join(", ")}}`;
}
