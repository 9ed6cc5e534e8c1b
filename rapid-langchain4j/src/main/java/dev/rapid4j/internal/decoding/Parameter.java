package dev.rapid4j.internal.decoding;

/** The numbers that say how an answer is written: their names in requests, their ranges and their defaults. */
enum Parameter {
    TEMPERATURE("temperature", 0, 2, 0),
    TOP_P("topP", Double.MIN_VALUE, 1, 1),
    TOP_K("topK", 0, Integer.MAX_VALUE, 0),
    FREQUENCY_PENALTY("frequencyPenalty", -2, 2, 0),
    PRESENCE_PENALTY("presencePenalty", -2, 2, 0),
    // the authors' values
    MARGIN("margin", 0, 100, 10),
    DRAFT_TOKENS("draftTokens", 0, 64, 0),
    CONFIDENCE_THRESHOLD("confidenceThreshold", 0, 1, 0.1),
    PLAUSIBILITY("plausibility", 0, 1, 0.1);

    private final String title;
    private final double least;
    private final double most;
    private final double usual;

    Parameter(String title, double least, double most, double usual) {
        this.title = title;
        this.least = least;
        this.most = most;
        this.usual = usual;
    }

    /** What it is where nobody says. */
    double usual() {
        return usual;
    }

    /** @throws IllegalArgumentException naming the parameter and its range, if the value is out of it */
    void check(double value) {
        Ranges.check(title, value, least, most);
    }
}
