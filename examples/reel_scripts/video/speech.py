"""A voice from packages: espeak-ng's library, called as its speak_lib.h describes.

The library keeps one state for the whole process, so a process should render one video at a time.
"""

import ctypes
from array import array
from typing import Any

import espeakng_loader

_RETRIEVAL, _CHARACTER_POSITION, _UTF8 = 1, 1, 1
_RATE_PARAMETER = 1
_WORDS_A_MINUTE = 165
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class NoVoice(Exception):
    """The speech library does not work here."""


class Voice:
    """Says sentences as 16-bit mono samples."""

    def __init__(self, language: str = "en-us") -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate = int(self._library.espeak_Initialize(_RETRIEVAL, 0, data, 0))
        if self.rate <= 0 or self._library.espeak_SetVoiceByName(language.encode()) != 0:
            raise NoVoice(f"espeak-ng has no voice {language}")
        self._library.espeak_SetParameter(_RATE_PARAMETER, _WORDS_A_MINUTE, 0)
        self._samples = array("h")
        self._callback = _CALLBACK(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, text: str) -> bytes:
        """The samples of a sentence, little-endian, `rate` of them a second."""
        self._samples = array("h")
        said = text.replace("\x00", "").encode()
        size = ctypes.c_size_t(len(said) + 1)
        failed = self._library.espeak_Synth(
            said, size, 0, _CHARACTER_POSITION, 0, _UTF8, None, None
        )
        if failed or self._library.espeak_Synchronize() != 0:
            raise NoVoice("espeak-ng could not say it")
        return self._samples.tobytes()

    def _take(self, samples: Any, count: int, events: object) -> int:
        if count > 0 and samples:
            self._samples.frombytes(ctypes.string_at(samples, count * 2))
        return 0
