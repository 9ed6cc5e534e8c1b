// site.js calls Prism by itself, for marked code only
window.Prism = { manual: true };
