import type { Rng } from "../../src/core/rng.ts";
import type { AxisValues, ScriptedRequest, World, WorldFault } from "../../src/domains/domain.ts";
import type { Distractor, Scenario, ScenarioWish } from "../../src/domains/scenario.ts";
import { cellsIn, loansWished, membershipsFor, pickCell } from "./library-cells.ts";
import { type Borrow, libraryRequests } from "./library-requests.ts";
import type { Copy, LibraryWorld, Loan, Member, Membership } from "./library-tools.ts";

/** Libraries with a member who wants something: first just what that needs, then what is like it, then the rest. */

const words = {
  topics:
    "bridges clouds bees chess tea rivers maps clocks whales volcanoes pottery trains castles coins".split(
      " ",
    ),
  first: "Quiet Hidden Golden Little Broken Distant Patient Silver Wandering Forgotten".split(" "),
  second: "Garden Harbour Journey Season Letter Window Orchard Island Lantern Winter".split(" "),
  names: ["Ada Brook", "Ben Carter", "Cleo Dunn", "Dov Ellis", "Eva Frost", "Gil Hart"],
} as const;

/** Records of a world that have nothing to do with the requests. */
const noiseSizes = [0, 4, 12, 30] as const;
/** By how much rivals lose, for each further one: in pages and in years. */
const steps = { pages: [40, 8, 1], years: [9, 3, 1] } as const;
/** Loans of the member's own at most, unless more are wished: each costs a lookup. */
const fewLoans = 3;

interface Draft extends LibraryWorld {
  readonly member: Member;
  readonly topics: { readonly wanted: string[]; readonly others: readonly string[] };
  readonly mostLoans: number;
  readonly rng: Rng;
}

function freshId(letter: string, { members, copies, loans, rng }: Pick<Draft, keyof LibraryWorld | "rng">) {
  for (;;) {
    const id = `${letter}${rng.int(10_000, 89_999)}`;
    if (!(id in members) && !(id in copies) && !(id in loans)) return id;
  }
}

function freshTitle({ copies, rng }: Draft, second = rng.pick(words.second)): string {
  const taken = new Set(Object.values(copies).map(({ title }) => title));
  for (let i = 1; ; i++) {
    // Two words are not enough for a large library.
    const title = ["The", rng.pick(words.first), ...(i > 8 ? [rng.pick(words.first)] : []), second].join(" ");
    if (!taken.has(title)) return title;
  }
}

function addCopy(draft: Draft, change: Partial<Copy>): Copy {
  const { rng, copies } = draft;
  const made: Copy = {
    copy_id: freshId("C", draft),
    topic: rng.pick(draft.topics.others),
    title: change.title ?? freshTitle(draft),
    pages: rng.int(80, 400),
    year: rng.int(1930, 2020),
    status: "on_shelf",
    ...change,
  };
  copies[made.copy_id] = made;
  return made;
}

function addMember({ members, copies, loans, rng }: Omit<Draft, "member">, membership: Membership): Member {
  const member_id = freshId("M", { members, copies, loans, rng });
  const member: Member = { member_id, name: rng.pick(words.names), membership, loans: [] };
  members[member_id] = member;
  return member;
}

function addLoan(draft: Draft, member: Member, change: Partial<Loan> = {}): Loan {
  const { copy_id, title } = addCopy(draft, {
    status: "away",
    ...(change.title === undefined ? {} : { title: change.title }),
  });
  const { member_id } = member;
  const { rng } = draft;
  const loan: Loan = {
    ...{ loan_id: freshId("L", draft), member_id, copy_id, title },
    ...{ weeks: rng.int(1, 4), renewals: rng.int(0, 1), ...change },
  };
  draft.loans[loan.loan_id] = loan;
  member.loans.push(loan.loan_id);
  return loan;
}

const strangerIn = (draft: Draft) => addMember(draft, draft.rng.pick(["basic", "plus"]));

/** A request in a bare world, and what fills the world around its right answer. */
interface Planted {
  readonly request: ScriptedRequest["request"];
  fill(wish: ScenarioWish): readonly Distractor[];
}

function plantBorrow(draft: Draft, { rule, weeks, alternatives = 1 }: AxisValues): Planted {
  const topic = draft.topics.wanted.pop() ?? "";
  const { rng } = draft;
  const right = addCopy(draft, { topic, pages: rng.int(180, 300), year: rng.int(1965, 1980) });
  const near = `copies/${right.copy_id}`;
  const request: Borrow = {
    kind: "borrow",
    topic,
    rule: rule as Borrow["rule"],
    weeks: Number(weeks),
  };
  /** A copy that is behind the right one by so much, or ahead of it. */
  const behind = (by: number, change: Partial<Copy> = {}) =>
    addCopy(draft, {
      topic,
      ...(rule === "thinnest" ? { pages: right.pages + by } : {}),
      ...(rule === "newest" ? { year: right.year - by } : {}),
      ...(rule === "oldest" ? { year: right.year + by } : {}),
      ...change,
    });
  const losesBy = rule === "thinnest" ? "pages" : "years";
  return {
    request,
    fill: ({ distractors, nearness = 2 }) => {
      const step = steps[losesBy][nearness];
      const rivals = Array.from({ length: Number(alternatives) - 1 }, (_, i): Distractor => {
        const by = step * (i + 1);
        return { record: `copies/${behind(by).copy_id}`, near, losesBy, by };
      });
      const away = Array.from({ length: distractors }, (_, i): Distractor => {
        const copy = behind(-step * (i + 1), { status: "away" });
        return { record: `copies/${copy.copy_id}`, near, losesBy: "status", by: null };
      });
      return [...rivals, ...away];
    },
  };
}

function plantOnLoan(draft: Draft, { kind, clause, reference, weeks, condition }: AxisValues): Planted {
  const { member } = draft;
  const owner = clause === "own_loans" ? strangerIn(draft) : member;
  const loan = addLoan(draft, owner, clause === "renew_twice" ? { renewals: 2 } : {});
  const ref = reference === "id" ? { id: loan.loan_id } : { title: loan.title };
  return {
    request:
      kind === "renew"
        ? { kind, loan: ref, weeks: Number(weeks) }
        : { kind: "give_back", loan: ref, condition: String(condition) },
    fill: ({ distractors }) => {
      const room = owner === member ? Math.max(0, draft.mostLoans - member.loans.length) : 0;
      return Array.from({ length: Math.min(distractors, room) }, () => {
        const title = freshTitle(draft, loan.title.split(" ").at(-1));
        const { loan_id } = addLoan(draft, member, { title });
        return { record: `loans/${loan_id}`, near: `loans/${loan.loan_id}`, losesBy: "title", by: null };
      });
    },
  };
}

const shuffledWorld = ({ members, copies, loans }: LibraryWorld, rng: Rng): World =>
  Object.fromEntries(
    Object.entries({ members, copies, loans }).map(([name, records]) => [
      name,
      structuredClone(Object.fromEntries(rng.shuffle(Object.entries(records)))),
    ]),
  ) as World;

function openDraft(membership: Membership, mostLoans: number, rng: Rng): Draft {
  const topics = rng.shuffle(words.topics);
  const tables: LibraryWorld = { members: {}, copies: {}, loans: {} };
  const room = { wanted: topics.slice(0, 6), others: topics.slice(6) };
  const bare = { ...tables, topics: room, mostLoans, rng };
  return { ...bare, member: addMember(bare, membership) };
}

function addNoise(draft: Draft, noise: number): void {
  const size = noiseSizes[Math.max(0, Math.min(3, noise)) as 0 | 1 | 2 | 3];
  for (let i = 0; i < size; i++) {
    addCopy(draft, {});
    const stranger = strangerIn(draft);
    for (let loans = draft.rng.int(0, 2); loans > 0; loans--) addLoan(draft, stranger);
  }
}

/** The cells of one conversation: of one membership, at most three new loans, and a librarian only at the end. */
function drawTogether(wish: ScenarioWish, rng: Rng): readonly AxisValues[] | null {
  const possible = membershipsFor(wish.requests);
  if (possible.length === 0) return null;
  const membership = rng.pick(possible);
  const drawn = wish.requests.map((region) =>
    pickCell(
      cellsIn(region).filter((cell) => cell.membership === membership),
      rng,
    ),
  );
  const last = drawn.filter(({ verdict }) => verdict === "handover");
  const lent = drawn.filter(({ kind, verdict }) => kind === "borrow" && verdict === "granted");
  if (last.length > 1 || lent.length > 3) return null;
  return [...drawn.filter((cell) => !last.includes(cell)), ...last];
}

function attempt(wish: ScenarioWish, rng: Rng): Scenario | null {
  const cells = drawTogether(wish, rng.fork("cells"));
  const [least, most] = loansWished(wish);
  if (cells === null) return null;
  const membership = (cells[0]?.membership ?? "basic") as Membership;
  const limit = Math.min(most, Math.max(least, fewLoans));
  const draft = openDraft(membership, limit, rng.fork("draft"));
  const planted = cells.map((cell) => (cell.kind === "borrow" ? plantBorrow : plantOnLoan)(draft, cell));
  if (draft.member.loans.length > most) return null;
  const bare = shuffledWorld(draft, rng.fork("bare"));
  const distractors = planted.flatMap(({ fill }) => fill(wish));
  while (draft.member.loans.length < least) addLoan(draft, draft.member);
  addNoise(draft, wish.noise);
  const forms = rng.fork("forms");
  return {
    world: shuffledWorld(draft, rng.fork("world")),
    bare,
    identity: { member_id: draft.member.member_id },
    requests: planted.map(({ request }) => {
      const known = libraryRequests.find(({ kind }) => kind === request.kind)?.forms ?? 1;
      return { request, form: forms.int(0, known - 1) };
    }),
    distractors,
  };
}

/** A library and the wishes of one member in it; null if no try met the wish. */
export function sampleScenario(wish: ScenarioWish, rng: Rng): Scenario | null {
  for (let i = 0; i < 20; i++) {
    const scenario = attempt(wish, rng.fork(`attempt ${i}`));
    if (scenario !== null) return scenario;
  }
  return null;
}

/** Every record must stand under its own id, and members, copies and loans must name each other. */
export function checkWorld(world: World): readonly WorldFault[] {
  const { members, copies, loans } = world as unknown as LibraryWorld;
  const faults: WorldFault[] = [];
  const expect = (holds: boolean, path: string, wrong: string) => {
    if (!holds) faults.push({ path, wrong, repair: "name records that are there, and from both sides" });
  };
  for (const [id, { copy_id }] of Object.entries(copies))
    expect(copy_id === id, `/copies/${id}/copy_id`, "it stands under another id");
  for (const [id, { member_id, loans: held }] of Object.entries(members)) {
    expect(member_id === id, `/members/${id}/member_id`, "it stands under another id");
    for (const [i, loan] of held.entries())
      expect(loans[loan]?.member_id === id, `/members/${id}/loans/${i}`, `${loan} is no loan of theirs`);
  }
  const lent = Object.values(loans).map(({ copy_id }) => copy_id);
  for (const [id, loan] of Object.entries(loans)) {
    const copy = copies[loan.copy_id];
    expect(loan.loan_id === id, `/loans/${id}/loan_id`, "it stands under another id");
    expect(members[loan.member_id]?.loans.includes(id) === true, `/loans/${id}/member_id`, "nobody lists it");
    expect(copy?.status === "away", `/loans/${id}/copy_id`, "the copy is on the shelf, or there is none");
    expect(copy?.title === loan.title, `/loans/${id}/title`, "the copy has another title");
    expect(
      lent.filter((other) => other === loan.copy_id).length === 1,
      `/loans/${id}/copy_id`,
      "it is lent twice",
    );
  }
  return faults;
}
