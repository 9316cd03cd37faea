import type { Tool } from "../domain.ts";
import { readTools } from "./tools-read.ts";
import { writeTools } from "./tools-write.ts";

/**
 * The airline's 14 tools, state compatible with τ²-bench's: same names, arguments, results and changes of state.
 * They check what a database checks, never the policy.
 */
export const airlineTools: readonly Tool[] = [...readTools, ...writeTools];
