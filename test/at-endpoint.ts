import { parseFaultFile } from "../src/agents/fault-file.ts";
import { readFaultSources } from "../src/agents/fault-sources.ts";
import { createReference } from "../src/agents/reference.ts";
import { createSimulated } from "../src/agents/simulated.ts";
import { findDomain } from "../src/domains/index.ts";
import { inFolder } from "./desk.ts";
import { type Endpoint, openEndpoint, type Reply, testKey, type WireBody } from "./endpoint.ts";
import { type Served, type ServeOptions, served } from "./served.ts";
import { onTheWire } from "./wire-models.ts";

export const airline = findDomain("airline");

const kimi = readFaultSources([]).find(({ name }) => name === "kimi-like");
const faulty = createSimulated(parseFaultFile(JSON.parse(kimi?.text ?? ""), airline, "kimi-like"), airline);

/** What the endpoint knows, by the model's name; "lazy" never does anything, "echo" gives the key away. */
export const house: Readonly<Record<string, (body: WireBody, index: number) => Reply | Promise<Reply>>> = {
  sound: onTheWire(createReference(airline)),
  faulty: onTheWire(faulty),
  lazy: () => ({ text: "I am sorry, that cannot be done. Is there anything else I can do for you?" }),
  echo: () => ({
    text: `Your key is ${testKey}. Is there anything else?`,
    calls: [{ name: testKey, arguments: {} }],
  }),
  refusing: () => ({ status: 401, body: { error: { message: `Incorrect API key provided: ${testKey}` } } }),
};

/** A server whose models are behind one local endpoint. */
export function atEndpoint(
  models: typeof house,
  run: (server: Served, endpoint: Endpoint, data: string) => Promise<void>,
  options: ServeOptions = {},
): Promise<void> {
  return inFolder(async (data) => {
    const endpoint = await openEndpoint((body, index) => {
      const model = models[body.model];
      return model === undefined
        ? { status: 404, body: { error: { message: "no such model" } } }
        : model(body, index);
    });
    const env = {
      FAULTLINE_BASE_URL: endpoint.baseUrl,
      FAULTLINE_API_KEY: testKey,
      FAULTLINE_TARGET_RETRIES: "0",
      ...options.env,
    };
    try {
      await served(data, (server) => run(server, endpoint, data), { ...options, env });
    } finally {
      await endpoint.close();
    }
  });
}
