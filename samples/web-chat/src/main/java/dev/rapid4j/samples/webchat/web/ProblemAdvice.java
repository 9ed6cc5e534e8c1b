package dev.rapid4j.samples.webchat.web;

import dev.rapid4j.samples.reading.UnreadableException;
import dev.rapid4j.samples.webchat.problem.Problem;
import dev.rapid4j.samples.webchat.problem.Problem.Kind;
import dev.rapid4j.samples.webchat.problem.ProblemException;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.servlet.autoconfigure.MultipartProperties;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.MultipartException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JacksonException.Reference;

/** Problems as {@code application/problem+json}. */
@Order(Ordered.HIGHEST_PRECEDENCE)
@RestControllerAdvice(basePackageClasses = ProblemAdvice.class)
class ProblemAdvice {

    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);
    private static final String RETRY_SECONDS = "5";

    private final MultipartProperties multipart;

    ProblemAdvice(MultipartProperties multipart) {
        this.multipart = multipart;
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(ProblemException e) {
        return response(e.problem());
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(UnreadableException e) {
        Kind kind = switch (e.reason()) {
            case NO_TEXT -> Kind.INVALID;
            case TOO_LARGE -> Kind.TOO_LARGE;
            case UNSUPPORTED -> Kind.UNSUPPORTED;
            case INTERRUPTED -> Kind.UNAVAILABLE;
        };
        return response(new Problem(kind, e.title(), e.detail()));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(MethodArgumentNotValidException e) {
        String errors = e.getFieldErrors().stream()
                .map(error -> error.getField() + " " + error.getDefaultMessage())
                .sorted()
                .collect(Collectors.joining("; "));
        return response(new Problem(Kind.INVALID, "The question cannot be asked like this", errors + "."));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(HttpMessageNotReadableException e) {
        return response(new Problem(
                Kind.INVALID,
                "The request cannot be read",
                field(e.getCause())
                        .map(field -> "In its body, " + field + " is not known, or has a value that it cannot have.")
                        .orElse("Its body is not the JSON that is expected here.")));
    }

    private static Optional<String> field(Throwable failure) {
        return failure instanceof JacksonException json
                ? json.getPath().stream().findFirst().map(Reference::getPropertyName)
                : Optional.empty();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(MaxUploadSizeExceededException e) {
        return response(new Problem(
                Kind.TOO_LARGE,
                "The file is too large",
                "A file may have up to " + multipart.getMaxFileSize().toBytes() / 1_000_000
                        + " MB. Split it, or save its text as a plain text file."));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> handle(MultipartException e) {
        return response(new Problem(
                Kind.INVALID, "The upload cannot be read", "It is incomplete, or no form with a file. Send it again."));
    }

    private static ResponseEntity<ProblemDetail> response(Problem problem) {
        HttpStatus status = status(problem.kind());
        if (status.is5xxServerError() && problem.kind() != Kind.UNAVAILABLE) {
            LOG.error("{}", problem.title());
        }
        ProblemDetail body = ProblemDetail.forStatusAndDetail(status, problem.detail());
        body.setTitle(problem.title());
        ResponseEntity.BodyBuilder response = ResponseEntity.status(status);
        if (problem.kind() == Kind.TOO_MANY || problem.kind() == Kind.UNAVAILABLE) {
            response.header(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
        }
        return response.body(body);
    }

    static HttpStatus status(Kind kind) {
        return switch (kind) {
            case UNKNOWN -> HttpStatus.NOT_FOUND;
            case CONFLICT -> HttpStatus.CONFLICT;
            case INVALID -> HttpStatus.UNPROCESSABLE_CONTENT;
            case TOO_LARGE -> HttpStatus.CONTENT_TOO_LARGE;
            case UNSUPPORTED -> HttpStatus.UNSUPPORTED_MEDIA_TYPE;
            case TOO_MANY -> HttpStatus.TOO_MANY_REQUESTS;
            case UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE;
            case FAILED -> HttpStatus.INTERNAL_SERVER_ERROR;
        };
    }
}
