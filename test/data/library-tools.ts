import { z } from "zod";
import type { Json } from "../../src/core/json.ts";
import { type Call, type State, type Tool, ToolError } from "../../src/domains/domain.ts";
import { offers, refers } from "../../src/domains/reference.ts";
import { defineTool } from "../../src/domains/tool.ts";

/** The lending library's records, and the tools that read and write them. */

export const memberships = ["basic", "plus"] as const;
export type Membership = (typeof memberships)[number];

const memberForm = {
  member_id: z.string().regex(/^M\d{5}$/),
  name: z.string(),
  membership: z.enum(memberships),
};
const copyForm = {
  copy_id: z.string().regex(/^C\d{5}$/),
  topic: z.string().regex(/^[a-z]+$/),
  title: z.string(),
  pages: z.int().positive(),
  year: z.int(),
  status: z.enum(["on_shelf", "away"]),
};
const loanForm = {
  loan_id: z.string().regex(/^L\d{5}$/),
  member_id: z.string(),
  copy_id: z.string(),
  title: z.string(),
  /** Weeks that are left. */
  weeks: z.int().positive(),
  renewals: z.int().nonnegative(),
};

/** Open loans only: what is given back stands in no record. */
const memberSchema = z.strictObject({ ...memberForm, loans: z.array(z.string()) });
const copySchema = z.strictObject(copyForm);
const loanSchema = z.strictObject(loanForm);
export type Member = z.infer<typeof memberSchema>;
export type Copy = z.infer<typeof copySchema>;
export type Loan = z.infer<typeof loanSchema>;

export const worldSchema = z.strictObject({
  members: z.record(z.string(), memberSchema),
  copies: z.record(z.string(), copySchema),
  loans: z.record(z.string(), loanSchema),
});
export type LibraryWorld = z.infer<typeof worldSchema>;

/** A record of a state by its table and id; a ToolError where it is not there. */
export function recordOf<R>(state: State, table: keyof LibraryWorld, id: string): R {
  const record = state[table]?.get(id);
  if (record === undefined) throw new ToolError(`There is no ${id} among the ${table}.`);
  return record as R;
}

function withRecord(state: State, table: keyof LibraryWorld, [id, record]: readonly [string, object]): State {
  const known = state[table];
  if (known === undefined) throw new RangeError(`the world has no ${table}`);
  return { ...state, [table]: known.set(id, record as Record<string, Json>) };
}

export const memberCall = (member_id: string): Call => ({ name: "get_member", arguments: { member_id } });
export const loanCall = (loan_id: string): Call => ({ name: "get_loan", arguments: { loan_id } });
export const searchCall = (topic: string): Call => ({ name: "search_books", arguments: { topic } });

const memberId = refers(z.string(), "member_id");
const copyId = refers(z.string(), "copy_id");
const loanId = refers(z.string(), "loan_id");
const topic = refers(z.string(), "topic");
const weeks = z.int().min(1).max(4).describe("For how many weeks, from 1 to 4");
const plainLoan = z.strictObject(loanForm);

export const libraryTools: readonly Tool[] = [
  defineTool({
    name: "get_member",
    description: "Look up a member: name, membership, and the ids of the loans that are open.",
    effect: "read",
    input: z.strictObject({ member_id: memberId }),
    output: refers(z.strictObject({ ...memberForm, loans: offers(z.array(loanId), "loan") }), "member"),
    run: (state, { member_id }) => ({ state, result: recordOf<Member>(state, "members", member_id) }),
    shows: ({ member_id }) => [`members/${member_id}`],
  }),
  defineTool({
    name: "get_loan",
    description: "Look up an open loan: who has which copy, for how many more weeks, and how often renewed.",
    effect: "read",
    input: z.strictObject({ loan_id: loanId }),
    output: refers(plainLoan, "loan"),
    run: (state, { loan_id }) => ({ state, result: recordOf<Loan>(state, "loans", loan_id) }),
    shows: ({ loan_id }) => [`loans/${loan_id}`],
  }),
  defineTool({
    name: "list_topics",
    description: "List every topic that the library has books on.",
    effect: "read",
    input: z.strictObject({}),
    output: z.array(topic),
    run: (state) => {
      const topics = (state.copies?.records() ?? []).map((copy) => String(copy.topic));
      return { state, result: [...new Set(topics)].sort() };
    },
    shows: () => [],
  }),
  defineTool({
    name: "search_books",
    description: "List the copies on a topic, with pages, year, and whether they are on the shelf or away.",
    effect: "read",
    input: z.strictObject({ topic }),
    output: offers(z.array(z.strictObject({ ...copyForm, copy_id: copyId })), "book"),
    run: (state, asked) => ({
      state,
      result: (state.copies?.records() ?? []).filter((copy) => copy.topic === asked.topic),
    }),
    shows: (_, result) => (result as unknown as readonly Copy[]).map(({ copy_id }) => `copies/${copy_id}`),
  }),
  defineTool({
    name: "lend_book",
    description: "Lend a copy from the shelf to a member.",
    effect: "write",
    input: z.strictObject({ member_id: memberId, copy_id: copyId, weeks }),
    output: plainLoan,
    run: (state, args) => {
      const member = recordOf<Member>(state, "members", args.member_id);
      const copy = recordOf<Copy>(state, "copies", args.copy_id);
      if (copy.status !== "on_shelf") throw new ToolError(`The copy ${copy.copy_id} is not on the shelf.`);
      const { title } = copy;
      const loan: Loan = { loan_id: freeLoanId(state), ...args, title, renewals: 0 };
      const lent = withRecord(state, "copies", [copy.copy_id, { ...copy, status: "away" }]);
      const loans = [...member.loans, loan.loan_id];
      const listed = withRecord(lent, "members", [member.member_id, { ...member, loans }]);
      return { state: withRecord(listed, "loans", [loan.loan_id, loan]), result: loan };
    },
    shows: ({ copy_id }) => [`copies/${copy_id}`],
    echoes: (_, result) => [loanCall((result as unknown as Loan).loan_id)],
  }),
  defineTool({
    name: "renew_loan",
    description: "Prolong an open loan by some weeks.",
    effect: "write",
    input: z.strictObject({ loan_id: loanId, weeks }),
    output: plainLoan,
    run: (state, { loan_id, weeks }) => {
      const loan = recordOf<Loan>(state, "loans", loan_id);
      const longer = { ...loan, weeks: loan.weeks + weeks, renewals: loan.renewals + 1 };
      return { state: withRecord(state, "loans", [loan_id, longer]), result: longer };
    },
    shows: ({ loan_id }) => [`loans/${loan_id}`],
    echoes: ({ loan_id }) => [loanCall(loan_id)],
  }),
  defineTool({
    name: "return_book",
    description: "Take a lent copy back: it is on the shelf again, and the loan is closed.",
    effect: "write",
    input: z.strictObject({ loan_id: loanId }),
    output: z.literal("returned"),
    run: (state, { loan_id }) => {
      const loan = recordOf<Loan>(state, "loans", loan_id);
      const copy = recordOf<Copy>(state, "copies", loan.copy_id);
      const member = recordOf<Member>(state, "members", loan.member_id);
      const loans = member.loans.filter((id) => id !== loan_id);
      const listed = withRecord(state, "members", [member.member_id, { ...member, loans }]);
      const back = withRecord(listed, "copies", [copy.copy_id, { ...copy, status: "on_shelf" }]);
      const open = back.loans?.delete(loan_id);
      return { state: open === undefined ? back : { ...back, loans: open }, result: "returned" };
    },
    shows: ({ loan_id }) => [`loans/${loan_id}`],
  }),
  defineTool({
    name: "call_librarian",
    description: "Hand the conversation to a librarian, which ends it.",
    effect: "transfer",
    input: z.strictObject({ summary: z.string() }),
    output: z.literal("called"),
    run: (state) => ({ state, result: "called" }),
    shows: () => [],
  }),
];

/** The first id that no loan has, from L90000 on. */
function freeLoanId(state: State): string {
  let next = 90_000;
  while (state.loans?.has(`L${next}`)) next += 1;
  return `L${next}`;
}
