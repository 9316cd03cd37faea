import { z } from "zod";
import type { JsonObject } from "../../src/core/json.ts";
import { conversationAxes } from "../../src/domains/conversation.ts";
import { type Axis, type Call, defineDomain, type View, type World } from "../../src/domains/domain.ts";
import { refers } from "../../src/domains/reference.ts";
import { drawCell, kindNames, objectionTo } from "./library-cells.ts";
import { libraryClauses } from "./library-clauses.ts";
import { conditions, libraryRequests, rules } from "./library-requests.ts";
import { libraryTools, type Member, memberCall, memberships, worldSchema } from "./library-tools.ts";
import { checkWorld, sampleScenario } from "./library-worlds.ts";

const onLoans = ["renew", "give_back"];

const axis = (name: string, meaning: string, more: Pick<Axis, "values"> & Partial<Axis>): Axis => ({
  ...{ name, meaning, simplest: more.values[0] ?? "", scope: "request", kinds: [], afterLookup: [] },
  ...more,
});

const clauses = ["none", ...libraryClauses.flatMap(({ id, section }) => (section === "lending" ? [id] : []))];

const axes: readonly Axis[] = [
  axis("kind", "what is asked for", { values: kindNames }),
  axis("verdict", "how the policy has the request end", {
    values: ["granted", "refused", "handover"],
    afterLookup: kindNames,
  }),
  axis("clause", "the clause that turns the request down", { values: clauses, afterLookup: kindNames }),
  axis("membership", "the member's membership", {
    values: memberships,
    afterLookup: kindNames,
    isShared: true,
  }),
  axis("reference", "the loan's id given, or its title", { values: ["id", "described"], kinds: onLoans }),
  axis("rule", "which book on the topic is wanted", { values: rules, kinds: ["borrow"] }),
  axis("weeks", "for how many weeks", { values: [1, 2, 3, 4], kinds: ["borrow", "renew"] }),
  axis("alternatives", "copies that could be lent; 4 means four or more", {
    values: [1, 2, 3, 4],
    kinds: ["borrow"],
    afterLookup: ["borrow"],
  }),
  axis("condition", "how the book comes back", { values: conditions, kinds: ["give_back"] }),
  axis("loans_held", "open loans of the member; 5 means five or more", {
    values: [0, 1, 2, 3, 4, 5],
    scope: "world",
  }),
  ...conversationAxes,
];

function memberSeen(view: View): Member | null {
  const answer = view.lookup(memberCall(String(view.identity.member_id)));
  return answer?.ok === true ? (answer.result as unknown as Member) : null;
}

const withArgument = (call: Call, name: string, value: string | number): Call => ({
  ...call,
  arguments: { ...call.arguments, [name]: value },
});

/** A lending library: a second domain, to show that nothing but a domain's own folder knows what it is about. */
export const library = defineDomain({
  name: "library",
  version: "1",
  summary: "A service agent lends, renews and takes back books.",
  tables: ["members", "copies", "loans"],
  worldSchema: worldSchema as unknown as z.ZodType<World>,
  tools: libraryTools,
  clauses: libraryClauses,
  policyTemplate:
    "# Policy of the lending library\n\nAsk who the member is, and look up what a request is about before you decide on it.\n\n{{conduct}}\n\n## Lending\n\n{{lending}}\n",
  requests: libraryRequests,
  axes,
  identity: {
    schema: z.strictObject({
      member_id: refers(z.string().regex(/^M\d{5}$/), "member_id"),
    }) as unknown as z.ZodType<JsonObject>,
    say: ({ member_id }) => `Good day, my card has the number ${member_id}.`,
    hear: (text) => {
      const id = /\bmy card has the number (M\d{5})\b/.exec(text)?.[1];
      return id === undefined ? null : { member_id: id };
    },
    known: ({ member_id }, { members }) => members?.has(String(member_id)) === true,
  },
  worldCell: (view) => {
    const member = memberSeen(view);
    return member === null ? {} : { loans_held: Math.min(5, member.loans.length) };
  },
  checkWorld,
  drawCell,
  objectionTo,
  sampleScenario,
  generatedIds: (before, after) => [
    (after.loans?.ids() ?? []).filter((id) => before.loans?.has(id) !== true),
  ],
  slips: {
    guess: ({ name, arguments: args }) =>
      name === "get_member" ? { ...args, name: "", membership: "plus", loans: [] } : null,
    wrongAmount: (call) => {
      const { weeks } = call.arguments;
      return typeof weeks === "number" ? withArgument(call, "weeks", weeks === 4 ? 3 : weeks + 1) : null;
    },
    wrongPayment: () => null,
    inventedId: (call) => {
      const name = ["copy_id", "loan_id"].find((one) => one in call.arguments);
      return name === undefined ? null : withArgument(call, name, `${call.arguments[name]}0`);
    },
    unaskedWrite: (view) => {
      const last = memberSeen(view)?.loans.at(-1);
      return last === undefined ? null : { name: "return_book", arguments: { loan_id: last } };
    },
  },
  disturbances: ({ name, arguments: { copy_id } }, { copies }) => {
    const copy = name === "lend_book" ? copies?.get(String(copy_id)) : undefined;
    if (copy?.status !== "on_shelf") return [];
    const patches = [{ path: `/copies/${copy_id}/status`, value: "away" }];
    return [{ what: `somebody else takes ${copy_id} from the shelf`, patches }];
  },
});
