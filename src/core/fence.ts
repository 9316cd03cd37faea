import { sha256 } from "./json.ts";

/** Marks a text as data. The mark holds the text's own hash, so no text can hold its own end. */
export function fenceAs(label: string, text: string): string {
  const mark = `${label}-${sha256(text).slice(0, 16)}`;
  return `<${mark}>\n${text}\n</${mark}>`;
}
