package dev.rapid4j.embedding;

/** A model that, as E5, tells questions and passages apart by what stands before them. */
class PrefixedEmbeddingModelIT extends BgeM3EmbeddingModelIT {

    @Override
    BgeM3EmbeddingModel.Builder builder() {
        return super.builder().queryPrefix("query: ").documentPrefix("passage: ");
    }

    @Override
    protected boolean supportsInputTypeParameter() {
        return true;
    }
}
