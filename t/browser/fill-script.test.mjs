/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With script: ten forms filled in at random, as fill-forms.mjs says.
 */
import { fill } from "./fill-forms.mjs";

await fill({ script: true });
