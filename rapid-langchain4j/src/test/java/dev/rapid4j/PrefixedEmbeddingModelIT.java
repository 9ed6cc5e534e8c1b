package dev.rapid4j;

/** A model that, as E5, tells questions and passages apart by what stands before them. */
class PrefixedEmbeddingModelIT extends RapidEmbeddingModelIT {

    @Override
    RapidEmbeddingModel.Builder builder() {
        return super.builder().queryPrefix("query: ").documentPrefix("passage: ");
    }

    @Override
    protected boolean supportsInputTypeParameter() {
        return true;
    }
}
