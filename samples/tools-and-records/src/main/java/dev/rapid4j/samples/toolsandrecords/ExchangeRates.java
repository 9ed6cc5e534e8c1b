package dev.rapid4j.samples.toolsandrecords;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;

/** A tool that a model can call: what it knows stands neither in the lease nor in the model. */
final class ExchangeRates {

    enum Currency {
        CHF,
        GBP,
        USD
    }

    @Tool("Converts an amount of euros into another currency by today's rate")
    double convertEuros(@P("the amount in euros") double euros, @P("the currency") Currency currency) {
        double converted = euros
                * switch (currency) {
                    case CHF -> 0.94;
                    case GBP -> 0.86;
                    case USD -> 1.09;
                };
        System.out.printf("  [the model calls convertEuros(%s, %s), which returns %s]%n", euros, currency, converted);
        return converted;
    }
}
