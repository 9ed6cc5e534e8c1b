package dev.rapid4j.internal.decoding;

import dev.rapid4j.TokenSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where an answer stands before a round.
 *
 * @param most tokens that may be drafted, at least 0
 * @param target that verifies
 * @param drafter empty: no model drafts
 * @param lookup what was found, if anything
 * @param certain how many tokens are known that have to come next, but for how they are spelled
 * @param answered tokens of the answer so far
 * @param learnsThroughout whether the drafter reads every draft, whoever has made it, to its end
 * @param company answers that are written at the same time, this one among them, whose passes may be one
 */
record Round(
        int most,
        Reader target,
        Optional<Reader> drafter,
        Optional<Lookup> lookup,
        int certain,
        int answered,
        boolean learnsThroughout,
        int company) {

    /**
     * What the model that drafts has to do.
     *
     * @param draft who proposes each token
     */
    PassWork drafting(List<TokenSource> draft) {
        return drafter.map(reader -> reader.drafting(draft, learnsThroughout)).orElse(PassWork.NONE);
    }

    /** The same of one that has read all but the last token. */
    PassWork draftingKeptUp(List<TokenSource> draft) {
        return drafter.map(reader -> reader.keptUp().drafting(draft, learnsThroughout))
                .orElse(PassWork.NONE);
    }

    /**
     * A model, and what it has read.
     *
     * @param pending tokens that it has not read, at least 1
     * @param cached those that it has
     */
    record Reader(int pending, int cached) {

        /**
         * A pass for each token that it draws, over all before it that has not been read.
         *
         * @param draft who proposes each token
         * @param readToEnd whether there is one more over what is left then
         */
        PassWork drafting(List<TokenSource> draft, boolean readToEnd) {
            PassWork work = PassWork.NONE;
            int unread = pending;
            int read = cached;
            for (TokenSource source : draft) {
                if (source == TokenSource.DRAFTER) {
                    work = work.plus(PassWork.pass(unread, read));
                    read += unread;
                    unread = 0;
                }
                unread++;
            }
            return readToEnd ? work.plus(PassWork.pass(unread, read)) : work;
        }

        /** One pass over what is pending and was drafted. */
        PassWork verifying(int drafted) {
            return PassWork.pass(pending + drafted, cached);
        }

        /** As if it had read all but the last token. */
        Reader keptUp() {
            return new Reader(1, cached + pending - 1);
        }
    }

    /**
     * Tokens that stand earlier in the text.
     *
     * @param match so many tokens before them are those before the next one, too
     * @param tokens how many were found, at least 1
     */
    record Lookup(int match, int tokens) {}

    /**
     * Who is to draft how many tokens.
     *
     * @param source {@link TokenSource#TARGET} if nothing is drafted; with {@link TokenSource#DRAFTER}, what has to
     *     come is among the tokens
     */
    record Choice(TokenSource source, int tokens) {

        static final Choice NONE = new Choice(TokenSource.TARGET, 0);
    }

    /**
     * What came of a choice.
     *
     * @param draft who has proposed each token, maybe fewer than were chosen
     * @param accepted of these, how many
     * @param lookup the tokens that were looked up, drafted or not
     * @param certain those that had to come
     */
    record Outcome(
            List<TokenSource> draft,
            int accepted,
            Comparison lookup,
            Comparison certain,
            double draftSeconds,
            double verifySeconds) {

        int drafted() {
            return draft.size();
        }
    }

    /**
     * Tokens that were known beside what the answer became.
     *
     * @param compared those that can be compared with it
     * @param alike of these, how many are the answer's before the first that is not
     */
    record Comparison(int compared, int alike) {

        static final Comparison NONE = new Comparison(0, 0);

        static Comparison of(int[] known, int[] answer) {
            int compared = Math.min(known.length, answer.length);
            int differs = Arrays.mismatch(known, answer);
            return new Comparison(compared, differs < 0 ? compared : differs);
        }
    }
}
