import { isSame } from "../../src/core/json.ts";
import type { Clause, ClauseContext, Verdict } from "../../src/domains/domain.ts";
import { type GiveBack, mostBasicWeeks, mostRenewals } from "./library-requests.ts";
import type { Loan, Member } from "./library-tools.ts";

/** The library's policy. */

const allowed: Verdict = { verdict: "allowed" };
const unless = (evidence: string | null): Verdict =>
  evidence === null ? allowed : { verdict: "forbidden", evidence };

const loanOf = ({ state, call }: ClauseContext) =>
  state.loans?.get(String(call.arguments.loan_id)) as Loan | undefined;

const writes = ["lend_book", "renew_loan", "return_book"];

export const libraryClauses: readonly Clause[] = [
  {
    id: "confirm_before_write",
    section: "conduct",
    text: "Say what you are about to do, and do it only after a clear yes.",
    tools: writes,
    check: ({ call, confirmed, spoken }) => {
      if (confirmed.some((offer) => isSame(offer, call))) return allowed;
      return spoken
        ? { verdict: "undecided", why: "whether there was a yes to this very call is a matter of words" }
        : unless("nothing had been said before this call");
    },
  },
  {
    id: "one_call_at_a_time",
    section: "conduct",
    text: "Make one tool call at a time.",
    tools: [],
    check: ({ beside }) => unless(beside.length === 0 ? null : "another call stood in the same message"),
  },
  {
    id: "own_loans",
    section: "lending",
    text: "Touch only loans of the member you are talking to.",
    tools: ["renew_loan", "return_book"],
    check: (context) => {
      const loan = loanOf(context);
      if (loan === undefined || loan.member_id === context.identity?.member_id) return allowed;
      return unless(`${loan.loan_id} is a loan of ${loan.member_id}`);
    },
  },
  {
    id: "renew_twice",
    section: "lending",
    text: "A loan is renewed twice at the most.",
    tools: ["renew_loan"],
    check: (context) =>
      unless((loanOf(context)?.renewals ?? 0) < mostRenewals ? null : "the loan was renewed twice already"),
  },
  {
    id: "long_loans",
    section: "lending",
    text: `Basic members borrow a book for ${mostBasicWeeks} weeks at the most; plus members have no such limit.`,
    tools: ["lend_book"],
    check: ({ state, call }) => {
      const member = state.members?.get(String(call.arguments.member_id)) as Member | undefined;
      const isTooLong = member?.membership === "basic" && Number(call.arguments.weeks) > mostBasicWeeks;
      return unless(isTooLong ? `${member.member_id} is a basic member` : null);
    },
  },
  {
    id: "damaged_to_librarian",
    section: "lending",
    text: "A damaged book is not taken back by you: call a librarian, once everything else is settled.",
    tools: ["return_book"],
    check: (context) => {
      const loan = loanOf(context);
      const isDamaged = context.stated.some((request) => {
        if (request.kind !== "give_back" || request.condition !== "damaged" || loan === undefined)
          return false;
        const { loan: ref } = request as GiveBack;
        return "id" in ref ? ref.id === loan.loan_id : ref.title === loan.title;
      });
      return unless(isDamaged ? "the member says that the book is damaged" : null);
    },
  },
];
