package dev.rapid4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The fence around the API, and the order of the packages behind it; docs/architecture.md draws it. */
class ArchitectureTest {

    private static final String API = "dev.rapid4j";
    private static final String DOCUMENTS = "dev.rapid4j.documents";
    private static final String SPI = "dev.rapid4j.spi";
    private static final String INTERNAL = "dev.rapid4j.internal.";

    /** Each may use those before it. */
    private static final List<String> ORDER = List.of(
            "text",
            "json",
            "diskcache",
            "hub",
            "ollama",
            "weights",
            "architecture",
            "tokenizer",
            "grammar",
            "gguf",
            "checkpoint",
            "torch",
            "model",
            "decoding",
            "answer",
            "embedding",
            "retrieval",
            "prompt",
            "engine");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .importUrl(RapidEngine.class.getProtectionDomain().getCodeSource().getLocation());

    @Test
    void whatIsPublicNamesOnlyWhatIsPublic() {
        classes()
                .that()
                .resideInAnyPackage(API, DOCUMENTS, SPI)
                .and(DescribedPredicate.describe("can be imported", ArchitectureTest::canBeImported))
                .should(nameOnly(Set.of(API, DOCUMENTS, SPI)))
                .check(CLASSES);
    }

    @Test
    void behindTheFenceAPackageUsesOnlyThoseBeforeIt() {
        for (int i = 0; i < ORDER.size(); i++) {
            String[] after = Stream.concat(
                            ORDER.stream().skip(i + 1).map(name -> INTERNAL + name + ".."), Stream.of(DOCUMENTS, SPI))
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(INTERNAL + ORDER.get(i))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(after)
                    .check(CLASSES);
        }
    }

    @Test
    void everyPackageBehindTheFenceHasAPlaceInTheOrder() {
        assertThat(CLASSES.stream()
                        .map(JavaClass::getPackageName)
                        .filter(name -> !Set.of(API, DOCUMENTS, SPI).contains(name))
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(
                        ORDER.stream().map(name -> INTERNAL + name).toList());
    }

    /** What stands in front is built of what lies behind; of the front, only plain words may be used there. */
    @Test
    void behindTheFenceOnlyWordsOfTheFrontAreUsed() {
        classes()
                .that()
                .resideInAPackage(API + ".internal..")
                .should(useOnlyWords())
                .check(CLASSES);
    }

    @Test
    void onlyOnePackageKnowsTheEngine() {
        noClasses()
                .that()
                .resideOutsideOfPackage(INTERNAL + "torch")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.djl.pytorch..", "ai.djl.engine..")
                .check(CLASSES);
    }

    @Test
    void theAlgorithmDoesNotKnowLangChain4j() {
        noClasses()
                .that()
                .resideInAnyPackage(Stream.of(
                                "json",
                                "hub",
                                "ollama",
                                "weights",
                                "architecture",
                                "gguf",
                                "tokenizer",
                                "checkpoint",
                                "torch",
                                "model",
                                "decoding")
                        .map(name -> INTERNAL + name)
                        .toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.langchain4j..")
                .check(CLASSES);
    }

    private static boolean canBeImported(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(ArchitectureTest::canBeImported).orElse(true);
    }

    private static ArchCondition<JavaClass> nameOnly(Set<String> packages) {
        return new ArchCondition<>("name only public types of this library in their signatures") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                List<JavaType> named = new ArrayList<>(type.getInterfaces());
                // what builders inherit from a class that cannot be imported is seen in them
                type.getAllMembers().stream().filter(ArchitectureTest::isSeen).forEach(member -> {
                    if (member instanceof JavaField field) {
                        named.add(field.getType());
                    } else if (member instanceof JavaCodeUnit unit) {
                        named.add(unit.getReturnType());
                        named.addAll(unit.getParameterTypes());
                        named.addAll(unit.getExceptionTypes());
                    }
                });
                named.stream()
                        .flatMap(signature -> signature.getAllInvolvedRawTypes().stream())
                        .filter(raw -> raw.getPackageName().startsWith(API)
                                && !(packages.contains(raw.getPackageName())
                                        && (canBeImported(raw) || type.isAssignableTo(raw.getName()))))
                        .forEach(raw -> events.add(
                                SimpleConditionEvent.violated(type, type.getName() + " names " + raw.getName())));
            }
        };
    }

    private static boolean isSeen(JavaMember member) {
        Set<JavaModifier> modifiers = member.getModifiers();
        return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
                && !modifiers.contains(JavaModifier.SYNTHETIC);
    }

    private static ArchCondition<JavaClass> useOnlyWords() {
        return new ArchCondition<>("use only words of the front") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    JavaClass word = dependency.getTargetClass().getBaseComponentType();
                    if (word.getPackageName().equals(API)
                            && word.getDirectDependenciesFromSelf().stream()
                                    .anyMatch(other -> other.getTargetClass()
                                            .getPackageName()
                                            .startsWith(INTERNAL))) {
                        events.add(SimpleConditionEvent.violated(
                                type, type.getName() + " uses " + word.getName() + ", which is more than a word"));
                    }
                }
            }
        };
    }
}
