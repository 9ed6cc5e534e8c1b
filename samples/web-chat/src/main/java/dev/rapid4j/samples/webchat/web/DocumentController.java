package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.samples.reading.DocumentReader;
import dev.rapid4j.samples.webchat.chat.Conversation;
import dev.rapid4j.samples.webchat.chat.Conversations;
import dev.rapid4j.samples.webchat.documents.Admission;
import dev.rapid4j.samples.webchat.documents.ReadDocuments;
import dev.rapid4j.samples.webchat.documents.TokenCount;
import dev.rapid4j.samples.webchat.web.ConversationView.DocumentView;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

/** A conversation's documents. */
@RestController
@RequestMapping("/api/conversations/{conversationId}/documents")
class DocumentController {

    private static final MediaType PLAIN_TEXT = MediaType.parseMediaType("text/plain;charset=UTF-8");

    private final Conversations conversations;
    private final DocumentReader reader;
    private final TokenCount tokens;
    private final Admission admission;
    private final ReadDocuments read;
    private final SampleRegister sample;

    DocumentController(
            Conversations conversations,
            DocumentReader reader,
            TokenCount tokens,
            Admission admission,
            ReadDocuments read,
            SampleRegister sample) {
        this.conversations = conversations;
        this.reader = reader;
        this.tokens = tokens;
        this.admission = admission;
        this.read = read;
        this.sample = sample;
    }

    @PostMapping(consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    @ResponseStatus(HttpStatus.CREATED)
    DocumentView upload(@PathVariable String conversationId, @RequestParam MultipartFile file) throws Exception {
        Conversation conversation = conversations.get(conversationId);
        conversations.checkRoomForDocument(conversation);
        String name = DocumentReader.displayName(file.getOriginalFilename());
        return admission.admit(
                () -> add(conversation, name, reader.read(file.getBytes()).text()));
    }

    /** @param documents their ids */
    record Read(List<String> documents) {}

    /** The documents that the model has read, which has to make tokens of them: not while uploads need the memory. */
    @GetMapping("/read")
    Read read(@PathVariable String conversationId) throws Exception {
        Conversation conversation = conversations.get(conversationId);
        return admission.admitAtOnce(() -> new Read(read.of(conversation)));
    }

    @PostMapping("/sample")
    @ResponseStatus(HttpStatus.CREATED)
    DocumentView sample(@PathVariable String conversationId) {
        return add(conversations.get(conversationId), SampleRegister.NAME, sample.text());
    }

    private DocumentView add(Conversation conversation, String name, String text) {
        return DocumentView.of(conversations.addDocument(conversation, name, text, tokens.of(text)));
    }

    /**
     * A slice of a document's text.
     *
     * @param start first character; one in the middle of a surrogate pair counts as the pair's first
     * @param end the character after the last one; likewise
     */
    @GetMapping("/{documentId}/text")
    ResponseEntity<String> text(
            @PathVariable String conversationId,
            @PathVariable String documentId,
            @RequestParam(defaultValue = "0") int start,
            @RequestParam(defaultValue = "2147483647") int end) {
        String text = conversations.get(conversationId).document(documentId).text();
        int last = wholeCharacter(text, end);
        return ResponseEntity.ok()
                .contentType(PLAIN_TEXT)
                .body(text.substring(Math.min(wholeCharacter(text, start), last), last));
    }

    private static int wholeCharacter(String text, int position) {
        int within = Math.min(Math.max(position, 0), text.length());
        boolean half = within > 0
                && within < text.length()
                && Character.isSurrogatePair(text.charAt(within - 1), text.charAt(within));
        return half ? within - 1 : within;
    }

    @DeleteMapping("/{documentId}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@PathVariable String conversationId, @PathVariable String documentId) {
        conversations.get(conversationId).removeDocument(documentId);
    }
}
