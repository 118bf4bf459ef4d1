// The pictures of a post: which files may become one, and how the API takes and gives them. Pure.

import { prefix } from "../reader/site.js";

/** @import { Offered } from "./desk.d.ts" */

const MOST = 12;
export const TYPES = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"];

const PICTURE = /^(\xff\xd8\xff|\x89PNG\r\n|RIFF.{4}WEBP|GIF8[79]a|.{4}ftyp.*avi[fs])/s;
const HEIC = /^.{4}ftyp(hei|hev|mif1|msf1)/s;
const VIDEO = /^(.{4}ftyp|.E\xdf\xa3)/s;
/** @type {Record<string, string>} */
const NAMES = { JPEG: "a JPEG", PNG: "a PNG", WEBP: "a WebP", AVIF: "an AVIF", GIF: "a GIF" };

/** A file's first bytes, each as a letter; "" if it cannot be read. @param {Blob} file */
export async function headOf(file) {
  const bytes = await file.slice(0, 64).arrayBuffer().catch(() => new ArrayBuffer(0));
  return String.fromCharCode(...new Uint8Array(bytes));
}

/**
 * Why a file is not even sent; "" for one that may be a picture. Its bytes tell what it is, whatever it is called. The
 * server looks closer.
 * @param {{name: string, type: string}} file
 * @param {string} head its first bytes
 * @param {number} already how many pictures there are
 */
export function unfit({ name, type }, head, already) {
  if (already >= MOST) return `A post has at most ${MOST} pictures.`;
  if (!head || PICTURE.test(head)) return "";
  if (HEIC.test(head)) {
    return `${name}: export this photo as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible).`;
  }
  if (/\.svg$/i.test(name) || type === "image/svg+xml") return `${name}: export this drawing as PNG.`;
  const isVideo = VIDEO.test(head) || type.startsWith("video/");
  if (isVideo) return `${name}: put the video on a video site, and paste its link.`;
  return `${name} is no picture: JPEG, PNG, WebP, AVIF or GIF.`;
}

/**
 * What to press to have a file taken as what it holds; "" where its name is not the problem.
 * @param {{code?: string, current?: any} | undefined} problem
 */
export const takeAnyway = (problem) =>
  problem?.code === "mislabelled" ? `It is ${NAMES[problem.current?.format]}: use it anyway` : "";

/**
 * What the file's own metadata offers for a field of the form.
 * @param {{offered?: Offered}} picture
 * @param {keyof Offered} name
 */
export function offersFor({ offered = {} }, name) {
  const found = name === "credit" ? [offered.credit, offered.copyright] : [offered[name]];
  return [...new Set(found)].filter((text) => text !== undefined);
}

/**
 * The address of a picture for the desk's own eyes: its smallest file.
 * @param {{name?: string, width?: number, widths?: number[]}} picture
 */
export function thumbnail({ name = "", width = 0, widths = [] }) {
  const least = Math.min(...widths, width);
  return `${prefix}/media/${least < width ? name.replace(/\.webp$/, `-${least}.webp`) : name}`;
}

/**
 * A picture as the API takes it.
 * @param {{name: string, alt: string, caption?: string | null, credit?: string | null}} picture
 */
export const entry = ({ name, alt, caption, credit }) => ({
  name,
  alt: alt.trim(),
  ...(caption?.trim() && { caption: caption.trim() }),
  ...(credit?.trim() && { credit: credit.trim() }),
});
