package dev.rapid4j.samples.toolsandrecords;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.ReturnBehavior;
import dev.langchain4j.agent.tool.Tool;

/** A tool that a model can call: what it knows stands neither in the lease nor in the model. */
final class ExchangeRates {

    enum Currency {
        CHF,
        GBP,
        USD
    }

    @Tool(
            value = "Converts an amount of euros into another currency by today's rate",
            returnBehavior = ReturnBehavior.IMMEDIATE)
    double convertEuros(@P("the amount in euros") double euros, @P("the currency") Currency currency) {
        return euros
                * switch (currency) {
                    case CHF -> 0.94;
                    case GBP -> 0.86;
                    case USD -> 1.09;
                };
    }
}
