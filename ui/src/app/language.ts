// Under LANG=C WebKit names the language "C", which its own Intl refuses; libraries that ask for it must find a valid one.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
}

export {};
