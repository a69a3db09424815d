CREATE TABLE "ApiTokens" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_ApiTokens" PRIMARY KEY,
    "PersonId" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Hash" TEXT NOT NULL,
    "Scopes" TEXT NOT NULL,
    "SecondFactor" INTEGER NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "ExpiresAt" INTEGER NOT NULL,
    "RevokedAt" INTEGER NULL,
    "LastUsedAt" INTEGER NULL
);
CREATE TABLE "Areas" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Areas" PRIMARY KEY,
    "SiteId" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Kind" TEXT NOT NULL
);
CREATE TABLE "AspNetRoleClaims" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_AspNetRoleClaims" PRIMARY KEY AUTOINCREMENT,
    "RoleId" TEXT NOT NULL,
    "ClaimType" TEXT NULL,
    "ClaimValue" TEXT NULL,
    CONSTRAINT "FK_AspNetRoleClaims_AspNetRoles_RoleId" FOREIGN KEY ("RoleId") REFERENCES "AspNetRoles" ("Id") ON DELETE CASCADE
);
CREATE TABLE "AspNetRoles" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_AspNetRoles" PRIMARY KEY,
    "Name" TEXT NULL,
    "NormalizedName" TEXT NULL,
    "ConcurrencyStamp" TEXT NULL
);
CREATE TABLE "AspNetUserClaims" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_AspNetUserClaims" PRIMARY KEY AUTOINCREMENT,
    "UserId" TEXT NOT NULL,
    "ClaimType" TEXT NULL,
    "ClaimValue" TEXT NULL,
    CONSTRAINT "FK_AspNetUserClaims_AspNetUsers_UserId" FOREIGN KEY ("UserId") REFERENCES "AspNetUsers" ("Id") ON DELETE CASCADE
);
CREATE TABLE "AspNetUserLogins" (
    "LoginProvider" TEXT NOT NULL,
    "ProviderKey" TEXT NOT NULL,
    "ProviderDisplayName" TEXT NULL,
    "UserId" TEXT NOT NULL,
    CONSTRAINT "PK_AspNetUserLogins" PRIMARY KEY ("LoginProvider", "ProviderKey"),
    CONSTRAINT "FK_AspNetUserLogins_AspNetUsers_UserId" FOREIGN KEY ("UserId") REFERENCES "AspNetUsers" ("Id") ON DELETE CASCADE
);
CREATE TABLE "AspNetUserRoles" (
    "UserId" TEXT NOT NULL,
    "RoleId" TEXT NOT NULL,
    CONSTRAINT "PK_AspNetUserRoles" PRIMARY KEY ("UserId", "RoleId"),
    CONSTRAINT "FK_AspNetUserRoles_AspNetRoles_RoleId" FOREIGN KEY ("RoleId") REFERENCES "AspNetRoles" ("Id") ON DELETE CASCADE,
    CONSTRAINT "FK_AspNetUserRoles_AspNetUsers_UserId" FOREIGN KEY ("UserId") REFERENCES "AspNetUsers" ("Id") ON DELETE CASCADE
);
CREATE TABLE "AspNetUserTokens" (
    "UserId" TEXT NOT NULL,
    "LoginProvider" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Value" TEXT NULL,
    CONSTRAINT "PK_AspNetUserTokens" PRIMARY KEY ("UserId", "LoginProvider", "Name"),
    CONSTRAINT "FK_AspNetUserTokens_AspNetUsers_UserId" FOREIGN KEY ("UserId") REFERENCES "AspNetUsers" ("Id") ON DELETE CASCADE
);
CREATE TABLE "AspNetUsers" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_AspNetUsers" PRIMARY KEY,
    "DisplayName" TEXT NOT NULL,
    "UserName" TEXT NULL,
    "NormalizedUserName" TEXT NULL,
    "Email" TEXT NULL,
    "NormalizedEmail" TEXT NULL,
    "EmailConfirmed" INTEGER NOT NULL,
    "PasswordHash" TEXT NULL,
    "SecurityStamp" TEXT NULL,
    "ConcurrencyStamp" TEXT NULL,
    "PhoneNumber" TEXT NULL,
    "PhoneNumberConfirmed" INTEGER NOT NULL,
    "TwoFactorEnabled" INTEGER NOT NULL,
    "LockoutEnd" INTEGER NULL,
    "LockoutEnabled" INTEGER NOT NULL,
    "AccessFailedCount" INTEGER NOT NULL
);
CREATE TABLE "AuditEntries" (
    "Number" INTEGER NOT NULL CONSTRAINT "PK_AuditEntries" PRIMARY KEY,
    "At" INTEGER NOT NULL,
    "PersonId" TEXT NOT NULL,
    "Action" TEXT NOT NULL,
    "SiteId" TEXT NULL,
    "Subject" TEXT NOT NULL,
    "Detail" TEXT NOT NULL,
    "Before" TEXT NOT NULL,
    "Hash" TEXT NOT NULL
);
CREATE TABLE "Boxes" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Boxes" PRIMARY KEY,
    "SiteId" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "PublicKey" TEXT NOT NULL,
    "EnrolledAt" INTEGER NOT NULL,
    "RevokedAt" INTEGER NULL,
    "LastSeenAt" INTEGER NULL
, "SetupOrder" TEXT NULL, "SetupReport" TEXT NULL, "SetupRevision" INTEGER NOT NULL DEFAULT 0);
CREATE TABLE "Cameras" (
    "BoxId" TEXT NOT NULL,
    "Id" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "State" TEXT NOT NULL,
    "Detail" TEXT NOT NULL,
    "Since" INTEGER NOT NULL,
    CONSTRAINT "PK_Cameras" PRIMARY KEY ("BoxId", "Id")
);
CREATE TABLE "CaseSteps" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_CaseSteps" PRIMARY KEY AUTOINCREMENT,
    "CaseId" TEXT NOT NULL,
    "At" INTEGER NOT NULL,
    "PersonId" TEXT NOT NULL,
    "PersonName" TEXT NOT NULL,
    "Step" TEXT NOT NULL,
    "Text" TEXT NOT NULL
);
CREATE TABLE "Cases" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Cases" PRIMARY KEY,
    "SiteId" TEXT NOT NULL,
    "Text" TEXT NOT NULL,
    "Picture" TEXT NULL,
    "AuthorId" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "DueAt" INTEGER NOT NULL,
    "HandedToRegionId" TEXT NULL,
    "Answer" TEXT NULL,
    "AnsweredAt" INTEGER NULL
, "TicketHash" TEXT NULL);
CREATE TABLE "ChainEntries" (
    "BoxId" TEXT NOT NULL,
    "Hash" TEXT NOT NULL,
    "Number" INTEGER NOT NULL,
    "FindingId" TEXT NOT NULL,
    "What" TEXT NOT NULL,
    "SealedAt" INTEGER NOT NULL,
    "Text" TEXT NOT NULL,
    "Breaks" INTEGER NOT NULL,
    CONSTRAINT "PK_ChainEntries" PRIMARY KEY ("BoxId", "Hash")
);
CREATE TABLE "Draws" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_Draws" PRIMARY KEY AUTOINCREMENT,
    "At" INTEGER NOT NULL,
    "PersonId" TEXT NOT NULL,
    "RegionId" TEXT NOT NULL,
    "Seed" TEXT NOT NULL,
    "From" TEXT NOT NULL
);
CREATE TABLE "EnrolmentCodes" (
    "Hash" TEXT NOT NULL CONSTRAINT "PK_EnrolmentCodes" PRIMARY KEY,
    "SiteId" TEXT NOT NULL,
    "ExpiresAt" INTEGER NOT NULL,
    "UsedAt" INTEGER NULL
, "For" TEXT NOT NULL DEFAULT 'box');
CREATE TABLE "EventCursors" (
    "Name" TEXT NOT NULL CONSTRAINT "PK_EventCursors" PRIMARY KEY,
    "FindingStep" INTEGER NOT NULL,
    "CaseStep" INTEGER NOT NULL,
    "LeaseUntil" INTEGER NULL,
    "Failures" INTEGER NOT NULL,
    "FailingSince" INTEGER NULL,
    "NextTryAt" INTEGER NULL,
    "LastFault" TEXT NULL,
    "DeliveredAt" INTEGER NULL
);
CREATE TABLE "FindingSteps" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_FindingSteps" PRIMARY KEY AUTOINCREMENT,
    "FindingId" TEXT NOT NULL,
    "At" INTEGER NOT NULL,
    "PersonId" TEXT NOT NULL,
    "PersonName" TEXT NOT NULL,
    "Step" TEXT NOT NULL,
    "From" TEXT NOT NULL,
    "To" TEXT NOT NULL,
    "Text" TEXT NOT NULL,
    "Picture" TEXT NULL,
    "DueAt" INTEGER NULL
);
CREATE TABLE "Findings" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Findings" PRIMARY KEY,
    "BoxId" TEXT NOT NULL,
    "SiteId" TEXT NOT NULL,
    "Camera" TEXT NOT NULL,
    "Zone" TEXT NOT NULL,
    "Kind" TEXT NOT NULL,
    "OpenedAt" INTEGER NOT NULL,
    "ClosedAt" INTEGER NULL,
    "ReceivedAt" INTEGER NOT NULL,
    "Score" REAL NOT NULL,
    "Boxes" TEXT NOT NULL,
    "Models" TEXT NOT NULL,
    "StillSha256" TEXT NULL,
    "ClipSha256" TEXT NULL
, "ClockAheadSeconds" REAL NULL, "HeldAt" INTEGER NULL, "Note" TEXT NULL, "AppealedAt" INTEGER NULL, "ConfirmedAt" INTEGER NULL, "DueAt" INTEGER NULL, "Level" INTEGER NOT NULL DEFAULT 0, "OverAt" INTEGER NULL, "OverdueSince" INTEGER NULL, "Stage" TEXT NOT NULL DEFAULT 'notified', "Tier" INTEGER NOT NULL DEFAULT 3);
CREATE TABLE "Grants" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Grants" PRIMARY KEY,
    "PersonId" TEXT NOT NULL,
    "SiteId" TEXT NULL,
    "RegionId" TEXT NULL,
    "RegionPath" TEXT NULL
);
CREATE TABLE "Invitations" (
    "Hash" TEXT NOT NULL CONSTRAINT "PK_Invitations" PRIMARY KEY,
    "SiteId" TEXT NOT NULL,
    "ExpiresAt" INTEGER NOT NULL,
    "UsesLeft" INTEGER NOT NULL
);
CREATE TABLE "KioskReceipts" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_KioskReceipts" PRIMARY KEY,
    "KioskId" TEXT NOT NULL,
    "At" INTEGER NOT NULL,
    "Fault" TEXT NULL
);
CREATE TABLE "Kiosks" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Kiosks" PRIMARY KEY,
    "SiteId" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "PublicKey" TEXT NOT NULL,
    "EnrolledAt" INTEGER NOT NULL,
    "RevokedAt" INTEGER NULL,
    "LastSeenAt" INTEGER NULL
);
CREATE TABLE "PushSubscriptions" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_PushSubscriptions" PRIMARY KEY,
    "PersonId" TEXT NOT NULL,
    "Endpoint" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL
);
CREATE TABLE "Records" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Records" PRIMARY KEY,
    "SiteId" TEXT NOT NULL,
    "Kind" TEXT NOT NULL,
    "Day" TEXT NOT NULL,
    "At" INTEGER NOT NULL,
    "PersonId" TEXT NOT NULL,
    "PersonName" TEXT NOT NULL,
    "Data" TEXT NOT NULL,
    "StaffId" TEXT NULL,
    "Picture" TEXT NULL,
    "Corrects" TEXT NULL,
    "Alarming" INTEGER NOT NULL
);
CREATE TABLE "Regions" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Regions" PRIMARY KEY,
    "ParentId" TEXT NULL,
    "Name" TEXT NOT NULL,
    "Level" TEXT NOT NULL,
    "Path" TEXT NOT NULL
);
CREATE TABLE "Risks" (
    "SiteId" TEXT NOT NULL CONSTRAINT "PK_Risks" PRIMARY KEY,
    "Score" INTEGER NOT NULL,
    "Grade" TEXT NOT NULL,
    "Because" TEXT NOT NULL,
    "At" INTEGER NOT NULL
);
CREATE TABLE "SealKeys" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_SealKeys" PRIMARY KEY,
    "Private" TEXT NOT NULL
);
CREATE TABLE "Sites" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Sites" PRIMARY KEY,
    "Name" TEXT NOT NULL,
    "TimeZone" TEXT NOT NULL
, "Kind" TEXT NOT NULL DEFAULT 'school-canteen', "RegionId" TEXT NULL, "RegionPath" TEXT NOT NULL DEFAULT '/');
CREATE TABLE "Staff" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Staff" PRIMARY KEY,
    "SiteId" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Job" TEXT NOT NULL,
    "CertificateUntil" TEXT NULL,
    "CertificatePicture" TEXT NULL,
    "TrainedOn" TEXT NULL,
    "LeftOn" TEXT NULL
, "BadgeHash" TEXT NULL, "PinHash" TEXT NULL);
CREATE TABLE "Webhooks" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_Webhooks" PRIMARY KEY,
    "PersonId" TEXT NOT NULL,
    "Url" TEXT NOT NULL,
    "Secret" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "DisabledAt" INTEGER NULL
);
CREATE TABLE "__EFMigrationsHistory" (
    "MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY,
    "ProductVersion" TEXT NOT NULL
);
CREATE TABLE "__EFMigrationsLock" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY,
    "Timestamp" TEXT NOT NULL
);
CREATE INDEX "EmailIndex" ON "AspNetUsers" ("NormalizedEmail");
CREATE UNIQUE INDEX "IX_ApiTokens_Hash" ON "ApiTokens" ("Hash");
CREATE INDEX "IX_ApiTokens_PersonId" ON "ApiTokens" ("PersonId");
CREATE INDEX "IX_Areas_SiteId" ON "Areas" ("SiteId");
CREATE INDEX "IX_AspNetRoleClaims_RoleId" ON "AspNetRoleClaims" ("RoleId");
CREATE INDEX "IX_AspNetUserClaims_UserId" ON "AspNetUserClaims" ("UserId");
CREATE INDEX "IX_AspNetUserLogins_UserId" ON "AspNetUserLogins" ("UserId");
CREATE INDEX "IX_AspNetUserRoles_RoleId" ON "AspNetUserRoles" ("RoleId");
CREATE INDEX "IX_Boxes_SiteId" ON "Boxes" ("SiteId");
CREATE INDEX "IX_CaseSteps_CaseId" ON "CaseSteps" ("CaseId");
CREATE INDEX "IX_Cases_AuthorId" ON "Cases" ("AuthorId");
CREATE INDEX "IX_Cases_DueAt" ON "Cases" ("DueAt") WHERE "Answer" IS NULL;
CREATE INDEX "IX_Cases_SiteId" ON "Cases" ("SiteId");
CREATE INDEX "IX_ChainEntries_BoxId_Number" ON "ChainEntries" ("BoxId", "Number");
CREATE INDEX "IX_ChainEntries_FindingId" ON "ChainEntries" ("FindingId");
CREATE INDEX "IX_FindingSteps_FindingId" ON "FindingSteps" ("FindingId");
CREATE INDEX "IX_Findings_AppealedAt" ON "Findings" ("AppealedAt") WHERE "AppealedAt" IS NOT NULL;
CREATE INDEX "IX_Findings_DueAt" ON "Findings" ("DueAt");
CREATE INDEX "IX_Findings_Kind_OpenedAt" ON "Findings" ("Kind", "OpenedAt");
CREATE INDEX "IX_Findings_Open" ON "Findings" ("OpenedAt") WHERE "OverAt" IS NULL;
CREATE INDEX "IX_Findings_OpenedAt" ON "Findings" ("OpenedAt");
CREATE INDEX "IX_Findings_Over" ON "Findings" ("OpenedAt") WHERE "OverAt" IS NOT NULL;
CREATE INDEX "IX_Findings_OverdueSince" ON "Findings" ("OverdueSince") WHERE "OverdueSince" IS NOT NULL;
CREATE INDEX "IX_Findings_Pressing" ON "Findings" ("Tier", "OpenedAt") WHERE "OverAt" IS NULL;
CREATE INDEX "IX_Findings_SiteId_OpenedAt_Kind_Stage" ON "Findings" ("SiteId", "OpenedAt", "Kind", "Stage");
CREATE INDEX "IX_Findings_SiteId_Stage_OpenedAt" ON "Findings" ("SiteId", "Stage", "OpenedAt");
CREATE INDEX "IX_Findings_Stage_OpenedAt" ON "Findings" ("Stage", "OpenedAt");
CREATE INDEX "IX_Grants_PersonId" ON "Grants" ("PersonId");
CREATE INDEX "IX_Kiosks_SiteId" ON "Kiosks" ("SiteId");
CREATE INDEX "IX_PushSubscriptions_PersonId" ON "PushSubscriptions" ("PersonId");
CREATE INDEX "IX_Records_Corrects" ON "Records" ("Corrects") WHERE "Corrects" IS NOT NULL;
CREATE INDEX "IX_Records_SiteId_Day" ON "Records" ("SiteId", "Day");
CREATE INDEX "IX_Risks_Score" ON "Risks" ("Score");
CREATE INDEX "IX_Sites_RegionPath" ON "Sites" ("RegionPath");
CREATE INDEX "IX_Staff_SiteId" ON "Staff" ("SiteId");
CREATE INDEX "IX_Webhooks_PersonId" ON "Webhooks" ("PersonId");
CREATE UNIQUE INDEX "RoleNameIndex" ON "AspNetRoles" ("NormalizedName");
CREATE UNIQUE INDEX "UserNameIndex" ON "AspNetUsers" ("NormalizedUserName");
CREATE TRIGGER AuditEntries_delete BEFORE DELETE ON AuditEntries BEGIN SELECT RAISE(ABORT, 'AuditEntries is append-only'); END;
CREATE TRIGGER AuditEntries_update BEFORE UPDATE ON AuditEntries BEGIN SELECT RAISE(ABORT, 'AuditEntries is append-only'); END;
CREATE TRIGGER ChainEntries_delete BEFORE DELETE ON ChainEntries BEGIN SELECT RAISE(ABORT, 'ChainEntries is append-only'); END;
CREATE TRIGGER ChainEntries_update BEFORE UPDATE ON ChainEntries BEGIN SELECT RAISE(ABORT, 'ChainEntries is append-only'); END;
CREATE TRIGGER Draws_delete BEFORE DELETE ON Draws BEGIN SELECT RAISE(ABORT, 'Draws is append-only'); END;
CREATE TRIGGER Draws_update BEFORE UPDATE ON Draws BEGIN SELECT RAISE(ABORT, 'Draws is append-only'); END;
CREATE TRIGGER FindingSteps_delete BEFORE DELETE ON FindingSteps BEGIN SELECT RAISE(ABORT, 'FindingSteps is append-only'); END;
CREATE TRIGGER FindingSteps_update BEFORE UPDATE ON FindingSteps BEGIN SELECT RAISE(ABORT, 'FindingSteps is append-only'); END;
CREATE TRIGGER Records_delete BEFORE DELETE ON Records BEGIN SELECT RAISE(ABORT, 'Records is append-only'); END;
CREATE TRIGGER Records_update BEFORE UPDATE ON Records BEGIN SELECT RAISE(ABORT, 'Records is append-only'); END;
INSERT INTO "__EFMigrationsHistory" VALUES ('20261124022506_Beginning', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261125004111_Setups', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261125033403_ChainAndHolds', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261125042759_PeopleAndLife', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261125090453_RecordsRiskAndIntegration', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261125095259_ListsAndVisitors', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261125175436_CountingIndexes', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261125180613_Push', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261125182245_Kiosks', '10.0.15');
INSERT INTO "__EFMigrationsHistory" VALUES ('20261125192403_RecordCorrections', '10.0.15');
