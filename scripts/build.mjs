import { prepare } from "./setup.mjs";

prepare();
