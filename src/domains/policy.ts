import { fillSlots } from "../assets.ts";
import type { Domain } from "./domain.ts";

/** The policy that a target reads, rendered from the texts of the clauses shown, so that text and checks are one. */
export function renderPolicy(domain: Domain, shown: readonly string[]): string {
  const sections = [...new Set(domain.clauses.map((clause) => clause.section))];
  const slots = sections.map((section) => {
    const texts = domain.clauses.filter((clause) => clause.section === section && shown.includes(clause.id));
    return [section, texts.map((clause) => `- ${clause.text}`).join("\n") || "- (nothing)"];
  });
  return fillSlots(domain.policyTemplate, Object.fromEntries(slots));
}
