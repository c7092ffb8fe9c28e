/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without script: ten forms filled in at random, as fill-forms.mjs says.
 */
import { fill } from "./fill-forms.mjs";

await fill({ script: false });
