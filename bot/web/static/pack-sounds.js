// A right and a wrong sound, made on the spot: no files, and told apart without looking.

let audio = null;

function tone(at, frequency, seconds, shape, loudness) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = shape;
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(loudness, at);
  gain.gain.exponentialRampToValueAtTime(0.001, at + seconds);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + seconds);
}

/** Browsers let a page be heard only after a key or a tap. */
export function wake() {
  if (!window.AudioContext) return;
  audio ||= new AudioContext();
  if (audio.state === "suspended") audio.resume();
}

const SOUNDS = {
  right: (now) => tone(now, 1320, 0.12, "sine", 0.3),
  complete: (now) => [880, 1175, 1568].forEach((frequency, place) => tone(now + place * 0.11, frequency, 0.2, "sine", 0.3)),
  wrong: (now) => [0, 0.22].forEach((later) => tone(now + later, 150, 0.18, "square", 0.25)),
};

/** Play `right`, `complete` or `wrong`. */
export function play(name) {
  document.body.dataset.sound = name;
  document.body.dataset.sounds = String(Number(document.body.dataset.sounds || 0) + 1);
  if (audio) SOUNDS[name](audio.currentTime);
}
