import { z } from "zod";
import type { JsonObject } from "../../src/core/json.ts";
import {
  type AxisValues,
  type Call,
  type Habits,
  type Move,
  type RequestKind,
  ToolError,
  type View,
} from "../../src/domains/domain.ts";
import { plainSlot, slot, spoken, wordsSlot } from "../../src/domains/phrase.ts";
import { defineRequest, nextMove, type Planning } from "../../src/domains/planning.ts";
import { refers } from "../../src/domains/reference.ts";
import { type Copy, type Loan, loanCall, type Member, memberCall, searchCall } from "./library-tools.ts";

/** What a member of the library can want: to borrow by a rule, to keep a loan for longer, to give it back. */

export const rules = ["thinnest", "newest", "oldest"] as const;
export const conditions = ["sound", "damaged"] as const;
/** Basic members keep a book for so many weeks at most, and a loan is renewed so often at most. */
export const [mostBasicWeeks, mostRenewals] = [3, 2];

const loanRef = z.union([
  z.strictObject({ id: refers(z.string().regex(/^L\d{5}$/), "loan_id") }),
  z.strictObject({ title: z.string().regex(/^[A-Z][A-Za-z ]*$/) }),
]);
type LoanRef = z.infer<typeof loanRef>;
const weeks = z.int().min(1).max(4);

const borrowSchema = z.strictObject({
  kind: z.literal("borrow"),
  topic: refers(z.string().regex(/^[a-z]+$/), "topic"),
  rule: z.enum(rules),
  weeks,
});
const renewSchema = z.strictObject({ kind: z.literal("renew"), loan: loanRef, weeks });
const giveBackSchema = z.strictObject({
  kind: z.literal("give_back"),
  loan: loanRef,
  condition: z.enum(conditions),
});
export type Borrow = z.infer<typeof borrowSchema>;
export type Renew = z.infer<typeof renewSchema>;
export type GiveBack = z.infer<typeof giveBackSchema>;

const weeksSlot = slot<number>(
  "(?:1 week|[2-4] weeks)",
  (count) => `${count} week${count === 1 ? "" : "s"}`,
  (text) => Number.parseInt(text, 10),
);
const loanSlot = slot<LoanRef>(
  '(?:loan L\\d{5}|the book called "[A-Z][A-Za-z ]*")',
  (ref) => ("id" in ref ? `loan ${ref.id}` : `the book called "${ref.title}"`),
  (text) => (text.startsWith("loan") ? { id: text.slice(5) } : { title: text.slice(17, -1) }),
);

const ownerOf = (view: View) => String(view.identity.member_id);

function* lookUp<R>(call: Call): Planning<R> {
  const [answer] = yield [call];
  if (answer?.ok !== true) throw new ToolError("That could not be found.");
  return answer.result as R;
}

/** The loan that a member means: by its id, or the one of theirs with a title. */
function* findLoan(ref: LoanRef, owner: string): Planning<Loan> {
  if ("id" in ref) return yield* lookUp<Loan>(loanCall(ref.id));
  const member: Member = yield* lookUp<Member>(memberCall(owner));
  const loans: Loan[] = [];
  for (const id of member.loans) loans.push(yield* lookUp<Loan>(loanCall(id)));
  const [loan, another] = loans.filter(({ title }) => title === ref.title);
  if (loan === undefined || another !== undefined) throw new ToolError(`Not one loan is "${ref.title}".`);
  return loan;
}

const turnedDown = (
  move: "refuse" | "handover",
  { clause, record, forbids }: { readonly clause: string; readonly record: string; readonly forbids: Call },
): Move => ({ move, clauses: [clause], restsOn: [record], forbids: [forbids] });

const scores: Readonly<Record<Borrow["rule"], (copy: Copy) => number>> = {
  thinnest: ({ pages }) => pages,
  newest: ({ year }) => -year,
  oldest: ({ year }) => year,
};

function* planBorrow(request: Borrow, view: View, habits: Habits): Planning {
  const owner = ownerOf(view);
  const member: Member = yield* lookUp<Member>(memberCall(owner));
  const lend = (args: JsonObject): Call => ({ name: "lend_book", arguments: { member_id: owner, ...args } });
  const isTooLong = member.membership === "basic" && request.weeks > mostBasicWeeks;
  if (isTooLong && !habits.overlooks("long_loans")) {
    const forbids = lend({ weeks: request.weeks });
    return turnedDown("refuse", { clause: "long_loans", record: `members/${owner}`, forbids });
  }
  const found: readonly Copy[] = yield* lookUp<readonly Copy[]>(searchCall(request.topic));
  const score = scores[request.rule];
  const fits = found.filter(({ status }) => status === "on_shelf").toSorted((a, b) => score(a) - score(b));
  const taken = fits[habits.choose(fits.map((copy) => ({ label: copy.copy_id, score: score(copy) })))];
  if (taken === undefined) throw new ToolError(`No copy on ${request.topic} is on the shelf.`);
  return { move: "offer", calls: [lend({ copy_id: taken.copy_id, weeks: request.weeks })] };
}

function* planRenew({ loan: ref, weeks }: Renew, view: View, habits: Habits): Planning {
  const loan: Loan = yield* findLoan(ref, ownerOf(view));
  const write: Call = { name: "renew_loan", arguments: { loan_id: loan.loan_id } };
  const refusal = (clause: string) =>
    turnedDown("refuse", { clause, record: `loans/${loan.loan_id}`, forbids: write });
  if (loan.member_id !== ownerOf(view) && !habits.overlooks("own_loans")) return refusal("own_loans");
  if (loan.renewals >= mostRenewals && !habits.overlooks("renew_twice")) return refusal("renew_twice");
  return { move: "offer", calls: [{ ...write, arguments: { ...write.arguments, weeks } }] };
}

function* planGiveBack({ loan: ref, condition }: GiveBack, view: View, habits: Habits): Planning {
  const loan: Loan = yield* findLoan(ref, ownerOf(view));
  const forbids: Call = { name: "return_book", arguments: { loan_id: loan.loan_id } };
  const record = `loans/${loan.loan_id}`;
  if (loan.member_id !== ownerOf(view) && !habits.overlooks("own_loans"))
    return turnedDown("refuse", { clause: "own_loans", record, forbids });
  if (condition === "damaged" && !habits.overlooks("damaged_to_librarian"))
    return turnedDown("handover", { clause: "damaged_to_librarian", record, forbids });
  return { move: "offer", calls: [forbids] };
}

/** The member's own membership, once it was looked up. */
function membershipCell(view: View): AxisValues {
  const answer = view.lookup(memberCall(ownerOf(view)));
  return answer?.ok === true ? { membership: (answer.result as unknown as Member).membership } : {};
}

const referenceOf = (ref: LoanRef): AxisValues => ({ reference: "id" in ref ? "id" : "described" });

const sameLoan = (ref: LoanRef, { arguments: args }: Call) =>
  "id" in ref && args.loan_id !== ref.id ? `it is about another loan than ${ref.id}` : null;

const sameWeeks = ({ weeks }: { readonly weeks: number }, { arguments: args }: Call) =>
  args.weeks === weeks ? null : `it is not for ${weeks} weeks`;

const fewerWeeks = <R extends Borrow | Renew>(request: R) =>
  request.weeks > 1 ? [{ removes: "one week", request: { ...request, weeks: request.weeks - 1 } }] : [];

const borrow = defineRequest<Borrow>({
  ...spoken(
    "borrow",
    [
      "I would like to borrow {rule} on {topic} for {weeks}.",
      "Could you lend me {rule} that you have on {topic}? I need it for {weeks}.",
      "My evenings are empty, so please find me {rule} about {topic} and let me keep it for {weeks}.",
    ],
    {
      rule: wordsSlot({
        thinnest: "the book with the fewest pages",
        newest: "the most recent book",
        oldest: "the oldest book",
      }),
      topic: plainSlot("[a-z]+"),
      weeks: weeksSlot,
    },
  ),
  summary: "Borrow a book on a topic; which copy follows from a rule.",
  schema: borrowSchema,
  writes: ["lend_book"],
  weighs: ["member"],
  handsOver: false,
  next: (request, view, habits) => nextMove(planBorrow(request, view, habits), view),
  objection: (request, call) =>
    call.name === "lend_book" ? sameWeeks(request, call) : "I asked to borrow a book",
  smaller: fewerWeeks,
  cell: ({ rule, weeks }, view) => ({ rule, weeks, ...membershipCell(view) }),
});

const renew = defineRequest<Renew>({
  ...spoken(
    "renew",
    [
      "Please renew {loan} by {weeks}.",
      "I am not through with {loan}; may I keep it for {weeks} more?",
      "Time flies, and so it would be kind of you to prolong {loan}, say by {weeks}.",
    ],
    { loan: loanSlot, weeks: weeksSlot },
  ),
  summary: "Keep a lent book for longer.",
  schema: renewSchema,
  writes: ["renew_loan"],
  weighs: ["loan"],
  handsOver: false,
  next: (request, view, habits) => nextMove(planRenew(request, view, habits), view),
  objection: (request, call) =>
    call.name === "renew_loan"
      ? (sameLoan(request.loan, call) ?? sameWeeks(request, call))
      : "I asked to keep a book",
  smaller: fewerWeeks,
  cell: ({ loan, weeks }, view) => ({ ...referenceOf(loan), weeks, ...membershipCell(view) }),
});

const giveBack = defineRequest<GiveBack>({
  ...spoken(
    "give_back",
    [
      "I want to give back {loan}, {condition}.",
      "Here comes {loan}, {condition}: please take it off my account.",
    ],
    {
      loan: loanSlot,
      condition: wordsSlot({ sound: "as good as new", damaged: "which got wet and is spoilt" }),
    },
  ),
  summary: "Give a lent book back; a damaged one is a librarian's business.",
  schema: giveBackSchema,
  writes: ["return_book"],
  weighs: ["loan"],
  handsOver: true,
  next: (request, view, habits) => nextMove(planGiveBack(request, view, habits), view),
  objection: (request, call) =>
    call.name === "return_book" ? sameLoan(request.loan, call) : "I asked to give a book back",
  smaller: () => [],
  cell: ({ loan, condition }, view) => ({ ...referenceOf(loan), condition, ...membershipCell(view) }),
});

export const libraryRequests: readonly RequestKind[] = [borrow, renew, giveBack];
