import type { Json, JsonObject } from "../core/json.ts";

/** How one kind of value stands in a sentence. `hear(say(v))` equals v, and `pattern` matches every `say(v)`. */
export interface Slot {
  /** A regular expression's source without capturing groups. */
  readonly pattern: string;
  say(value: Json): string;
  hear(text: string): Json;
}

/** A slot for values of one type. */
export function slot<V>(pattern: string, say: (value: V) => string, hear: (text: string) => V): Slot {
  return { pattern, say: (value) => say(value as V), hear: (text) => hear(text) as Json };
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A slot for a few values, each with its own words. */
export function wordsSlot(words: Readonly<Record<string, string>>): Slot {
  // Longer words first: "no travel insurance" must not be heard as "travel insurance".
  const entries = Object.entries(words).sort(([, a], [, b]) => b.length - a.length);
  return {
    pattern: `(?:${entries.map(([, text]) => escaped(text)).join("|")})`,
    say: (value) => words[String(value)] ?? String(value),
    hear: (text) => entries.find(([, words]) => words === text)?.[0] ?? text,
  };
}

/** A slot for a text that stands as it is. */
export function plainSlot(pattern: string): Slot {
  return slot<string>(pattern, String, String);
}

/** A slot for a list, its items joined by `separator`. */
export function listSlot(item: Slot, separator: string): Slot {
  // Items are found by their own form: the separator's words may stand inside one ("Andy and" is a name).
  const items = new RegExp(item.pattern, "g");
  return {
    pattern: `${item.pattern}(?:${escaped(separator)}${item.pattern})*`,
    say: (value) => (value as readonly Json[]).map((member) => item.say(member)).join(separator),
    hear: (text) => [...text.matchAll(items)].map(([member]) => item.hear(member)),
  };
}

/** A sentence that can be said and heard: both come from one template, so they cannot drift apart. */
export interface Phrase {
  say(values: JsonObject): string;
  /** Every occurrence in a text, with its place. */
  hear(text: string): readonly { readonly at: number; readonly values: JsonObject }[];
}

/** A phrase from a template whose `{name}` slots stand once each; an unknown slot throws a RangeError. */
export function phrase(template: string, slots: Readonly<Record<string, Slot>>): Phrase {
  const names: string[] = [];
  const find = (name: string) => {
    const found = slots[name];
    if (found === undefined)
      throw new RangeError(`phrase: the template names a slot "${name}" that is not given`);
    return found;
  };
  const words: string[] = [];
  const source = template
    .split(/(\{\w+\})/)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (name === undefined) {
        words.push(part);
        return escaped(part);
      }
      names.push(name);
      return `(${find(name).pattern})`;
    })
    .join("");
  const pattern = new RegExp(source, "g");
  // Most texts hold few phrases: looking for a template's own words first costs far less than its expression.
  const mayHold = (text: string) => words.every((part) => text.includes(part));
  return {
    say: (values) =>
      template.replaceAll(/\{(\w+)\}/g, (_, name: string) => find(name).say(values[name] ?? null)),
    hear: (text) => {
      if (!mayHold(text)) return [];
      return [...text.matchAll(pattern)].map((match) => ({
        at: match.index,
        values: Object.fromEntries(names.map((name, i) => [name, find(name).hear(match[i + 1] ?? "")])),
      }));
    },
  };
}

/** The spoken side of a request kind: its members stand in the slots of every template. */
export function spoken(kind: string, templates: readonly string[], slots: Readonly<Record<string, Slot>>) {
  const forms = templates.map((template) => phrase(template, slots));
  return {
    kind,
    forms: forms.length,
    say: (request: JsonObject, form: number) => (forms[form % forms.length] as Phrase).say(request),
    hear: (text: string) =>
      forms
        .flatMap((form) => form.hear(text))
        .map(({ at, values }) => ({ at, request: { kind, ...values } })),
  };
}
