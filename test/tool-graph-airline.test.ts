import { expect, test } from "vitest";
import { z } from "zod";
import { mermaidOf } from "../src/dag/mermaid.ts";
import { requestGraph, toolGraph } from "../src/dag/tool-graph.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { atDesk, textOf } from "./desk.ts";

const graphOf = <N extends z.ZodType>(node: N) =>
  z.object({ mermaid: z.string(), nodes: z.array(node), edges: z.array(z.unknown()) });

const kindOf = (name: string) => airline.requests.filter(({ kind }) => kind === name);

test("the airline's requests call what they need and nothing else", () => {
  const tools = Object.fromEntries(
    airline.requests.map((kind) => [
      kind.kind,
      requestGraph(kind, airline)
        .nodes.filter(({ type }) => type === "tool" || type === "choice")
        .map(({ id }) => id),
    ]),
  );
  expect(tools).toMatchInlineSnapshot(`
    {
      "add_bags": [
        "get_user_details",
        "get_reservation_details",
        "choice:payment_method",
        "choice:reservation",
        "update_reservation_baggages",
      ],
      "add_insurance": [
        "get_user_details",
        "get_reservation_details",
      ],
      "book": [
        "get_user_details",
        "search_direct_flight",
        "search_onestop_flight",
        "choice:payment_method",
        "choice:passenger",
        "choice:flight",
        "book_reservation",
      ],
      "cancel": [
        "get_user_details",
        "get_reservation_details",
        "choice:reservation",
        "get_flight_status",
        "transfer_to_human_agents",
        "cancel_reservation",
      ],
      "change_cabin": [
        "list_all_airports",
        "get_user_details",
        "get_reservation_details",
        "choice:payment_method",
        "choice:reservation",
        "search_direct_flight",
        "search_onestop_flight",
        "get_flight_status",
        "choice:flight",
        "update_reservation_flights",
      ],
      "change_flights": [
        "list_all_airports",
        "get_user_details",
        "get_reservation_details",
        "choice:payment_method",
        "choice:reservation",
        "search_direct_flight",
        "search_onestop_flight",
        "choice:flight",
        "update_reservation_flights",
      ],
      "change_passengers": [
        "get_user_details",
        "get_reservation_details",
        "choice:passenger",
        "choice:reservation",
        "update_reservation_passengers",
      ],
      "compensation": [
        "get_user_details",
        "get_reservation_details",
        "get_flight_status",
        "send_certificate",
      ],
    }
  `);
});

test("the airline's tools as Mermaid", () => {
  expect(mermaidOf(toolGraph(airline.tools))).toMatchInlineSnapshot(`
    "flowchart LR
      get_user_details("get_user_details"):::read
      list_all_airports("list_all_airports"):::read
      calculate_["calculate"]
      transfer_to_human_agents["transfer_to_human_agents"]
      send_certificate[["send_certificate"]]:::write
      get_reservation_details("get_reservation_details"):::read
      choice_payment_method{"which payment method?"}:::choice
      choice_passenger{"which passenger?"}:::choice
      choice_reservation{"which reservation?"}:::choice
      search_direct_flight("search_direct_flight"):::read
      search_onestop_flight("search_onestop_flight"):::read
      get_flight_status("get_flight_status"):::read
      cancel_reservation[["cancel_reservation"]]:::write
      update_reservation_baggages[["update_reservation_baggages"]]:::write
      update_reservation_passengers[["update_reservation_passengers"]]:::write
      choice_flight{"which flight?"}:::choice
      book_reservation[["book_reservation"]]:::write
      update_reservation_flights[["update_reservation_flights"]]:::write
      get_user_details -->|reservation_id| get_reservation_details
      get_user_details -->|payment_id| choice_payment_method
      get_user_details -->|passenger| choice_passenger
      get_user_details -->|reservation_id| choice_reservation
      list_all_airports -->|airport| search_direct_flight
      list_all_airports -->|airport| search_onestop_flight
      list_all_airports -->|airport| book_reservation
      get_reservation_details -->|airport, date| search_direct_flight
      get_reservation_details -->|airport, date| search_onestop_flight
      get_reservation_details -->|booked_flight, booked_date| get_flight_status
      get_reservation_details -->|passenger| update_reservation_passengers
      get_reservation_details -->|airport, cabin, passenger| book_reservation
      get_reservation_details -->|cabin, booked_flight, booked_date| update_reservation_flights
      choice_payment_method -->|payment_id| update_reservation_baggages
      choice_payment_method -->|payment_id| book_reservation
      choice_payment_method -->|payment_id| update_reservation_flights
      choice_passenger -->|passenger| update_reservation_passengers
      choice_passenger -->|passenger| book_reservation
      choice_reservation -->|reservation_id| cancel_reservation
      choice_reservation -->|reservation_id| update_reservation_baggages
      choice_reservation -->|reservation_id| update_reservation_passengers
      choice_reservation -->|reservation_id| update_reservation_flights
      search_direct_flight -->|flight_number| choice_flight
      search_onestop_flight -->|flight_number, flight_date| choice_flight
      choice_flight -->|flight_number, flight_date| book_reservation
      choice_flight -->|flight_number, flight_date| update_reservation_flights
      classDef read fill:#e0f2fe,stroke:#0369a1,color:#082f49
      classDef choice fill:#fef9c3,stroke:#a16207,color:#422006
      classDef write fill:#fee2e2,stroke:#b91c1c,color:#450a0a"
  `);
});

test("a cancellation as Mermaid", () => {
  expect(kindOf("cancel").map((kind) => mermaidOf(requestGraph(kind, airline)))[0]).toMatchInlineSnapshot(`
    "flowchart LR
      words_(["the user's words"])
      get_user_details("get_user_details"):::read
      get_reservation_details("get_reservation_details"):::read
      choice_reservation{"which reservation?"}:::choice
      get_flight_status("get_flight_status"):::read
      decision_{{"decide"}}
      transfer_to_human_agents["transfer_to_human_agents"]
      cancel_reservation[["cancel_reservation"]]:::write
      words_ -->|user_id| get_user_details
      words_ -->|reservation_id| get_reservation_details
      words_ -->|reservation_id| cancel_reservation
      get_user_details -->|reservation_id| get_reservation_details
      get_user_details -->|reservation_id| choice_reservation
      get_reservation_details -->|booked_flight, booked_date| get_flight_status
      get_reservation_details -.->|reservation| decision_
      choice_reservation -->|reservation_id| cancel_reservation
      get_flight_status -.->|flight_status| decision_
      decision_ ==> transfer_to_human_agents
      decision_ ==> cancel_reservation
      classDef read fill:#e0f2fe,stroke:#0369a1,color:#082f49
      classDef choice fill:#fef9c3,stroke:#a16207,color:#422006
      classDef write fill:#fee2e2,stroke:#b91c1c,color:#450a0a"
  `);
});

test("describe_domain gives the graphs, whole in text and structure, or one kind's alone", () =>
  atDesk(async ({ call }) => {
    const one = await call("describe_domain", { part: "graph", kind: "add_insurance" });
    expect(textOf(one)).toMatchInlineSnapshot(`
      "What a plan for each kind of request can go through, in order:
      - add_insurance: words, get_user_details, get_reservation_details, decision
      \`\`\`mermaid
      flowchart LR
        words_(["the user's words"])
        get_user_details("get_user_details"):::read
        get_reservation_details("get_reservation_details"):::read
        decision_{{"decide"}}
        words_ -->|user_id| get_user_details
        words_ -->|reservation_id| get_reservation_details
        get_user_details -->|reservation_id| get_reservation_details
        get_reservation_details -.->|reservation| decision_
        classDef read fill:#e0f2fe,stroke:#0369a1,color:#082f49
      \`\`\`

      Next: generate_world with a cell, or with a world, requests and criteria of your own."
    `);
    expect(one.structuredContent?.content).toEqual({
      requests: [
        {
          kind: "add_insurance",
          nodes: ["words", "get_user_details", "get_reservation_details", "decision"],
          mermaid: expect.stringContaining("flowchart LR"),
        },
      ],
    });
    const full = await call("describe_domain", { part: "graph", detail: "full" });
    const { tools, requests } = z
      .object({ tools: graphOf(z.unknown()), requests: z.array(graphOf(z.string())) })
      .parse(full.structuredContent?.content);
    expect(requests).toHaveLength(airline.requests.length);
    const parts = [
      ...[tools.mermaid, JSON.stringify(tools.nodes), JSON.stringify(tools.edges)],
      ...requests.flatMap(({ nodes, mermaid, edges }) => [nodes.join(", "), mermaid, JSON.stringify(edges)]),
    ];
    expect(parts.filter((part) => !textOf(full).includes(part))).toEqual([]);
  }));
