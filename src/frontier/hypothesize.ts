import { canonical } from "../core/json.ts";
import type { Axis, Domain, Region } from "../domains/domain.ts";
import { type Hypothesis, hypothesisId } from "./hypothesis.ts";

/** A server-made hypothesis about a region: the claim that the target handles it. */
export function hypothesize(region: Region, domain: Domain): Hypothesis {
  const kind = domain.requests.find((one) => one.kind === region.kind);
  const rest = Object.entries(region).filter(([name]) => name !== "kind");
  const conditions = rest.map(
    ([name, condition]) => `${axisWords(name, domain)} is ${describeCondition(condition)}`,
  );
  const statement = `The target handles "${kind?.kind ?? "any request"}" correctly${conditions.length > 0 ? ` when ${conditions.join(" and ")}` : ""}.`;
  const body = { statement, where: region, behaviour: "outcome" };
  return { id: hypothesisId(body), ...body, by: "server" };
}

const axisWords = (name: string, { axes }: { readonly axes: readonly Axis[] }) =>
  `${name} (${axes.find((axis) => axis.name === name)?.meaning ?? "a claimed label"})`;

function describeCondition(condition: Region[string]): string {
  if (Array.isArray(condition)) return condition.join(" or ");
  return typeof condition === "object" ? canonical(condition) : String(condition);
}
