// Older pages and posts at their own address: nothing moves there, only the times are put into words.

import { keepTime } from "./clock.js";

const zone = document.querySelector("[data-zone]")?.dataset.zone;
if (zone) keepTime(() => zone);
