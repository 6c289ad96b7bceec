// A double click on 192.0.2.10 selects all of it, not one number.
pref("layout.word_select.stop_at_punctuation", false);
