import { isSame } from "../core/json.ts";
import { describeRegion } from "../domains/cell.ts";
import { describeClaims, describeProof } from "../frontier/claims.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import { type ClaimView, type RegionView, regionTable } from "../report/frontier-view.ts";
import type { Session } from "../store/records.ts";
import type { Asked, Seen } from "./frontier-look.ts";

const counts = (of: Readonly<Record<string, number>>) =>
  Object.entries(of)
    .map(([name, n]) => `${n} ${name}`)
    .join(", ");

/** A smallest form of several requests is breaking at each of them, and is one failure: it is told once. */
const eachFormOnce = (cells: readonly RegionView[]) =>
  cells.filter(
    ({ smallest }, i) => smallest === null || i === cells.findIndex((one) => one.smallest === smallest),
  );

function cellLine(one: RegionView): string {
  const { status, failed, rollouts, region, smallest, smallestRequests: requests } = one;
  // A form is made and not screened: what was run of it counts for what it was made from.
  const counted = rollouts === 0 ? "" : `, ${failed}/${rollouts} failed`;
  const of = requests.length > 1 ? ` of ${requests.length} requests` : "";
  const form = smallest === null ? "" : `, smallest form ${smallest}${of}`;
  const own = requests.findIndex((request) => isSame(request, region));
  // Such a failure takes all of them: one cell alone would name a task that the target may well pass.
  const beside = requests.filter((_, i) => i !== own).map((request) => ` beside ${describeRegion(request)}`);
  return `- ${status}${counted}${form}: ${describeRegion(region)}${of === "" ? "" : beside.join("")}`;
}

/** The labels that are proved, each by what, and apart from them those that are only claimed. */
function claimLines(claimed: readonly ClaimView[]): readonly string[] {
  const { proved = [], told = [] } = Object.groupBy(claimed, ({ proof }) =>
    proof === null ? "told" : "proved",
  );
  const proofs = proved.flatMap(({ region, proof }) =>
    proof === null ? [] : [`- ${describeRegion(region)}: ${describeProof(proof)}`],
  );
  return [
    ...(proved.length === 0
      ? []
      : [
          "",
          "Claimed labels, proved of each task by an assertion that it meets:",
          regionTable(proved),
          ...proofs,
        ]),
    ...(told.length === 0
      ? []
      : ["", "Claimed labels, told by strategists and checked by nobody:", regionTable(told)]),
  ];
}

const claimsText = ({ claims, proofs = {} }: Hypothesis) =>
  claims === undefined ? "" : `; ${describeClaims({ claims, proved: proofs }, "to be proved")}`;

/** A frontier in words. */
export function frontierText(seen: Seen, session: Session, { detail }: Asked): readonly string[] {
  const simulated = session.target.startsWith("sim:") ? " (simulated)" : "";
  const cells =
    seen.cells.length === 0
      ? []
      : [
          "",
          `Cells of single requests: ${counts(seen.cellStatuses)}.`,
          ...eachFormOnce(seen.cells).map(cellLine),
        ];
  return [
    `Frontier of ${session.target}${simulated}, session ${session.id}; failed counts rollouts of tasks that touch a region, shared adds what its neighbours count for (at most 8 rollouts), each █ is a confirmed failure whose smallest form, or what is to blame in a constructed task, lies there.`,
    ...(seen.asked === null ? [] : ["", "Asked for:", regionTable([seen.asked])]),
    "",
    regionTable(seen.kinds),
    "",
    `${seen.regions.length} of ${seen.regionsAsked} regions asked, ${seen.neverAsked} never asked:`,
    regionTable(seen.regions),
    ...cells,
    ...claimLines(seen.claimed),
    "",
    ...(seen.elsewhere === 0
      ? []
      : [
          `${seen.elsewhere} tasks were screened with other settings of the target and are not counted here.`,
        ]),
    seen.alarm.sentence,
    `Hypotheses: ${counts(seen.judged)}.`,
    ...seen.hypotheses
      .slice(detail === "full" ? 0 : -5)
      .map(
        ({ hypothesis, status }) =>
          `- ${status}: ${hypothesis.statement} (${describeRegion(hypothesis.where)})${claimsText(hypothesis)}`,
      ),
  ];
}
