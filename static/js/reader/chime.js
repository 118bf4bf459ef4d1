// A sound for what somebody asked to be told of.

/** @type {AudioContext | undefined} */
let chime;

/** Two soft notes; made here, so nothing is loaded. The browser wants a press before the first one. */
export function play() {
  chime ??= new AudioContext();
  for (const [at, pitch] of [[0, 659.3], [0.16, 987.8]]) {
    const [tone, level] = [chime.createOscillator(), chime.createGain()];
    const start = chime.currentTime + at;
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.12, start);
    level.gain.exponentialRampToValueAtTime(0.0001, start + 0.9);
    tone.connect(level).connect(chime.destination);
    tone.start(start);
    tone.stop(start + 1);
  }
}
